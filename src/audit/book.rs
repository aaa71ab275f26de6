//! Entries by id, noted by every shard, up to a number.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ahash::RandomState;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

/// How many entries a book takes: some hundred megabytes each.
const MOST_ENTRIES: usize = 4_000_000;

/// Entries by id. Ids beyond the first four million are counted only.
#[derive(Debug)]
pub struct Book<K: Hash + Eq, V> {
    entries: DashMap<K, V, RandomState>,
    size: AtomicUsize,
    left_out: AtomicU64,
}

impl<K: Hash + Eq + Copy + Ord, V: Default + Clone> Book<K, V> {
    /// Changes the entry of `id`, which is made if there is none.
    pub fn note(&self, id: K, change: impl FnOnce(&mut V)) {
        match self.entries.entry(id) {
            Entry::Occupied(mut known) => change(known.get_mut()),
            Entry::Vacant(_) if self.size.load(Ordering::Relaxed) >= MOST_ENTRIES => {
                self.left_out.fetch_add(1, Ordering::Relaxed);
            }
            Entry::Vacant(vacant) => {
                self.size.fetch_add(1, Ordering::Relaxed);
                change(&mut vacant.insert(V::default()));
            }
        }
    }

    /// The entry of `id`.
    pub fn get(&self, id: K) -> Option<V> {
        self.entries.get(&id).map(|entry| entry.value().clone())
    }

    /// The ids of the entries that `select` picks, in order: neighbours are near each other in a
    /// database too.
    pub fn ids(&self, select: impl Fn(&V) -> bool) -> Vec<K> {
        let picked = self.entries.iter().filter(|entry| select(entry.value()));
        let mut ids: Vec<K> = picked.map(|entry| *entry.key()).collect();
        ids.sort_unstable();
        ids
    }

    /// How many notes had no room.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }
}

impl<K: Hash + Eq, V> Default for Book<K, V> {
    fn default() -> Self {
        Self {
            entries: DashMap::with_hasher(RandomState::default()),
            size: AtomicUsize::new(0),
            left_out: AtomicU64::new(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_made_changed_and_picked() {
        let book = Book::<u64, u32>::default();
        for id in [3, 1, 2, 3] {
            book.note(id, |count| *count += 1);
        }
        assert_eq!(book.get(3), Some(2));
        assert_eq!(book.ids(|_| true), [1, 2, 3]);
        assert_eq!(book.ids(|count| *count == 1), [1, 2]);
        assert_eq!(book.left_out(), 0);
    }

    #[test]
    fn a_full_book_counts_what_has_no_room() {
        let book = Book::<u64, u32>::default();
        book.note(1, |count| *count += 1);
        book.size.store(MOST_ENTRIES, Ordering::Relaxed);
        book.note(2, |count| *count += 1);
        book.note(1, |count| *count += 1);
        assert_eq!((book.get(1), book.get(2), book.left_out()), (Some(2), None, 1));
    }
}
