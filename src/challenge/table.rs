//! What is published right now under one kind of key, shared by all shards and the listeners.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::{DashMap, Entry};

/// Values by key, each until its guard is dropped. A key may have several: two chains that prove one
/// name at a time, or a name and its wildcard, whose DNS-01 answers stand side by side.
#[derive(Debug)]
pub struct Table<V> {
    entries: DashMap<String, Vec<(u64, V)>, ahash::RandomState>,
    next_id: AtomicU64,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { entries: DashMap::default(), next_id: AtomicU64::new(0) }
    }
}

impl<V: Clone + Send + Sync + 'static> Table<V> {
    /// Adds `value` to what is published under `key`, until the guard is dropped.
    pub fn publish(self: &Arc<Self>, key: impl Into<String>, value: V) -> Published {
        let (key, id) = (key.into(), self.next_id.fetch_add(1, Ordering::Relaxed));
        self.entries.entry(key.clone()).or_default().push((id, value));
        Published(Box::new(Publication { table: Arc::clone(self), key, id }))
    }

    /// Takes back everything under `key`; whether there was anything.
    pub fn withdraw(&self, key: &str) -> bool {
        self.entries.remove(key).is_some()
    }

    /// What was published last under `key`.
    pub fn last(&self, key: &str) -> Option<V> {
        self.entries.get(key)?.last().map(|(_, value)| value.clone())
    }

    /// Everything under `key`, oldest first.
    pub fn all(&self, key: &str) -> Vec<V> {
        let Some(found) = self.entries.get(key) else { return Vec::new() };
        found.iter().map(|(_, value)| value.clone()).collect()
    }

    /// Whether nothing was ever published, which costs less to know than that a key has nothing.
    pub fn is_unused(&self) -> bool {
        self.next_id.load(Ordering::Relaxed) == 0
    }

    /// How many keys have something published.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Takes what it stands for back when dropped: a chain that ends, however it ends, leaves nothing
/// behind.
#[must_use = "what was published is taken back when this is dropped"]
pub struct Published(#[expect(dead_code, reason = "only its drop matters")] Box<dyn Send>);

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Published")
    }
}

struct Publication<V> {
    table: Arc<Table<V>>,
    key: String,
    id: u64,
}

impl<V> Drop for Publication<V> {
    fn drop(&mut self) {
        let Entry::Occupied(mut found) = self.table.entries.entry(std::mem::take(&mut self.key))
        else {
            return; // withdrawn before
        };
        found.get_mut().retain(|(id, _)| *id != self.id);
        if found.get().is_empty() {
            found.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_guard_takes_back_its_own_only() {
        let table = Arc::new(Table::default());
        let first = table.publish("a", 1);
        let second = table.publish("a", 2);
        assert_eq!((table.last("a"), table.all("a")), (Some(2), vec![1, 2]));
        drop(second);
        assert_eq!((table.last("a"), table.all("a")), (Some(1), vec![1]));
        drop(first);
        assert!(table.is_empty() && table.last("a").is_none());
    }

    #[test]
    fn what_was_withdrawn_stays_away() {
        let table = Arc::new(Table::default());
        let old = table.publish("a", 1);
        assert!(table.withdraw("a") && !table.withdraw("a"));
        let _new = table.publish("a", 2);
        drop(old);
        assert_eq!(table.all("a"), [2]);
    }
}
