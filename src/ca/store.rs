//! What the CA remembers, in memory.
//!
//! Records are read as snapshots (`Arc`) and changed in place under their shard's lock, for the
//! moment of the change only: no caller can hold a lock across a signature or an answer.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use dashmap::{DashMap, Entry};

use super::{
    issuer::Serial,
    jose::Thumbprint,
    model::{Account, Authz, Certificate, Order},
};

/// Many shards, so that a map that grows moves few records at a time under one lock.
const SHARDS: usize = 256;

pub(super) struct Store {
    next_id: AtomicU64,
    accounts: DashMap<u64, Arc<Account>>,
    account_by_key: DashMap<Thumbprint, u64>,
    orders: DashMap<u64, Arc<Order>>,
    orders_of_account: DashMap<u64, Vec<u64>>,
    authzs: DashMap<u64, Arc<Authz>>,
    certificates: DashMap<Serial, Arc<Certificate>>,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            next_id: AtomicU64::new(1),
            accounts: DashMap::with_shard_amount(SHARDS),
            account_by_key: DashMap::with_shard_amount(SHARDS),
            orders: DashMap::with_shard_amount(SHARDS),
            orders_of_account: DashMap::with_shard_amount(SHARDS),
            authzs: DashMap::with_shard_amount(SHARDS),
            certificates: DashMap::with_shard_amount(SHARDS),
        }
    }

    /// An id that no record has. Ids tell nothing: whose a record is, is checked at every request.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds `account` unless its key has one already; then that one is the error.
    pub(super) fn add_account(&self, account: Account) -> Result<Arc<Account>, Arc<Account>> {
        // The entry's lock decides between two requests with one new key.
        match self.account_by_key.entry(*account.key.thumbprint()) {
            Entry::Occupied(id) => {
                Err(self.account(*id.get()).unwrap_or_else(|| Arc::new(account)))
            }
            Entry::Vacant(free) => {
                let account = Arc::new(account);
                self.accounts.insert(account.id, Arc::clone(&account));
                free.insert(account.id);
                Ok(account)
            }
        }
    }

    pub(super) fn account(&self, id: u64) -> Option<Arc<Account>> {
        snapshot(&self.accounts, &id)
    }

    pub(super) fn account_by_key(&self, thumbprint: &Thumbprint) -> Option<Arc<Account>> {
        let id = *self.account_by_key.get(thumbprint)?;
        self.account(id)
    }

    /// Changes account `id` and gives the changed one back.
    pub(super) fn update_account(
        &self,
        id: u64,
        change: impl FnOnce(&mut Account),
    ) -> Option<Arc<Account>> {
        update(&self.accounts, &id, change)?;
        self.account(id)
    }

    /// Adds a new order together with its authorizations.
    pub(super) fn add_order(&self, order: Order, authzs: Vec<Authz>) -> Arc<Order> {
        for authz in authzs {
            self.authzs.insert(authz.id, Arc::new(authz));
        }
        let order = Arc::new(order);
        self.orders.insert(order.id, Arc::clone(&order));
        self.orders_of_account.entry(order.account).or_default().push(order.id);
        order
    }

    pub(super) fn order(&self, id: u64) -> Option<Arc<Order>> {
        snapshot(&self.orders, &id)
    }

    pub(super) fn update_order<R>(
        &self,
        id: u64,
        change: impl FnOnce(&mut Order) -> R,
    ) -> Option<R> {
        update(&self.orders, &id, change)
    }

    /// At most `limit` ids of the account's orders, oldest first, after the first `skip`; and
    /// whether more follow.
    pub(super) fn orders_of_account(&self, id: u64, skip: usize, limit: usize) -> (Vec<u64>, bool) {
        let Some(all) = self.orders_of_account.get(&id) else { return (Vec::new(), false) };
        let page: Vec<u64> = all.iter().skip(skip).take(limit).copied().collect();
        let more = skip.saturating_add(page.len()) < all.len();
        (page, more)
    }

    pub(super) fn authz(&self, id: u64) -> Option<Arc<Authz>> {
        snapshot(&self.authzs, &id)
    }

    /// The authorizations of `order`.
    pub(super) fn authzs_of(&self, order: &Order) -> Vec<Arc<Authz>> {
        order.authzs.iter().filter_map(|id| self.authz(*id)).collect()
    }

    pub(super) fn update_authz<R>(
        &self,
        id: u64,
        change: impl FnOnce(&mut Authz) -> R,
    ) -> Option<R> {
        update(&self.authzs, &id, change)
    }

    pub(super) fn add_certificate(&self, serial: Serial, certificate: Certificate) {
        self.certificates.insert(serial, Arc::new(certificate));
    }

    pub(super) fn certificate(&self, serial: &Serial) -> Option<Arc<Certificate>> {
        snapshot(&self.certificates, serial)
    }
}

fn snapshot<K: Eq + Hash, V>(map: &DashMap<K, Arc<V>>, key: &K) -> Option<Arc<V>> {
    map.get(key).map(|record| Arc::clone(&record))
}

/// Copies the record first if a snapshot of it is still being read.
fn update<K: Eq + Hash, V: Clone, R>(
    map: &DashMap<K, Arc<V>>,
    key: &K,
    change: impl FnOnce(&mut V) -> R,
) -> Option<R> {
    map.get_mut(key).map(|mut record| change(Arc::make_mut(&mut record)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::{clock::Moment, model::Issuance};

    fn order(store: &Store, account: u64) -> Arc<Order> {
        let order = Order {
            id: store.next_id(),
            account,
            expires: Moment::now(),
            identifiers: vec![],
            authzs: vec![],
            issuance: Issuance::NotRequested,
        };
        store.add_order(order, vec![])
    }

    #[test]
    fn a_snapshot_does_not_change() {
        let store = Store::new();
        let before = order(&store, 7);
        let id = before.id;
        store.update_order(id, |order| order.issuance = Issuance::Signing).expect("it is there");
        assert_eq!(before.issuance, Issuance::NotRequested);
        assert_eq!(store.order(id).expect("it is there").issuance, Issuance::Signing);
        assert_eq!(store.update_order(0, |_| ()), None);
    }

    #[test]
    fn orders_of_an_account_come_in_pages() {
        let store = Store::new();
        let ids: Vec<u64> = (0..5).map(|_| order(&store, 7).id).collect();
        order(&store, 8);
        assert_eq!(store.orders_of_account(7, 0, 3), (ids[..3].to_vec(), true));
        assert_eq!(store.orders_of_account(7, 3, 3), (ids[3..].to_vec(), false));
        assert_eq!(store.orders_of_account(7, usize::MAX, 3), (vec![], false));
        assert_eq!(store.orders_of_account(9, 0, 3), (vec![], false));
    }
}
