//! The challenges that are published right now, shared by all shards and the listeners.

use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;

/// Key authorizations (RFC 8555 section 8.1) by token.
#[derive(Debug, Default)]
pub struct Store {
    by_token: DashMap<String, Bytes>,
}

impl Store {
    /// Publishes `key_authorization` for `token` until the returned guard is dropped or the token is
    /// withdrawn.
    pub fn publish(
        self: &Arc<Self>,
        token: impl Into<String>,
        key_authorization: impl Into<Bytes>,
    ) -> Published {
        let token = token.into();
        self.by_token.insert(token.clone(), key_authorization.into());
        Published { store: Arc::clone(self), token }
    }

    /// Takes `token` back; unknown ones are ignored.
    pub fn withdraw(&self, token: &str) {
        self.by_token.remove(token);
    }

    /// What is published for `token`.
    pub fn key_authorization(&self, token: &str) -> Option<Bytes> {
        self.by_token.get(token).map(|entry| entry.clone())
    }

    /// How many challenges are published.
    pub fn len(&self) -> usize {
        self.by_token.len()
    }

    /// Whether nothing is published.
    pub fn is_empty(&self) -> bool {
        self.by_token.is_empty()
    }
}

/// Withdraws its challenge when dropped: a chain that ends, however it ends, leaves nothing behind.
#[derive(Debug)]
#[must_use = "the challenge is withdrawn when this is dropped"]
pub struct Published {
    store: Arc<Store>,
    token: String,
}

impl Drop for Published {
    fn drop(&mut self) {
        self.store.withdraw(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_guard_leaves_nothing() {
        let store = Arc::new(Store::default());
        let first = store.publish("a", "a.x");
        let second = store.publish("b", "b.x");
        assert_eq!(store.key_authorization("a"), Some(Bytes::from("a.x")));
        drop(first);
        assert_eq!(store.key_authorization("a"), None);
        store.withdraw("b");
        assert!(store.is_empty());
        drop(second);
        assert_eq!(store.len(), 0);
    }
}
