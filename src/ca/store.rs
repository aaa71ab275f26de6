//! What the CA remembers, in memory.
//!
//! Records are read as snapshots (`Arc`) and changed in place under their shard's lock, for the
//! moment of the change only: no caller can hold a lock across a signature or an answer.

mod authzs;
mod certificates;
mod ended;
mod resumed;

pub(super) use ended::remove;

use std::{
    hash::Hash,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use dashmap::{DashMap, Entry};

use super::{
    identifier::Identifier,
    issuer::Serial,
    jose::{PublicKey, Thumbprint},
    model::{Account, Authz, Certificate, Order},
    rows::{Change, Queue},
};

/// Many shards, so that a map that grows moves few records at a time under one lock.
const SHARDS: usize = 256;

pub(super) struct Store {
    next_id: AtomicU64,
    accounts: DashMap<u64, Arc<Account>>,
    account_by_key: DashMap<Thumbprint, u64>,
    orders: DashMap<u64, Arc<Order>>,
    orders_of_account: DashMap<u64, Vec<u64>>,
    /// The account's latest order of these identifiers, sorted; kept only for the reuse of orders.
    order_by_names: DashMap<(u64, Vec<Identifier>), u64>,
    authzs: DashMap<u64, Arc<Authz>>,
    /// The account's authorization of this identifier that was last found valid.
    proven: DashMap<(u64, Identifier), u64>,
    /// The account's latest authorization of this identifier that was made ahead of orders.
    pre_authorized: DashMap<(u64, Identifier), u64>,
    certificates: DashMap<Serial, Arc<Certificate>>,
    revoked: Mutex<Revoked>,
    /// Takes every change that rows are to tell of.
    rows: Option<Arc<Queue>>,
}

#[derive(Default)]
struct Revoked {
    /// In the order of their revocation.
    serials: Vec<Serial>,
    /// How many there have been, with those that are forgotten.
    total: usize,
}

/// Why an account's key is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyChangeError {
    /// The new key is that of account number so-and-so.
    Taken(u64),
    /// Another request has changed the account's key meanwhile.
    Outrun,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            next_id: AtomicU64::new(1),
            accounts: DashMap::with_shard_amount(SHARDS),
            account_by_key: DashMap::with_shard_amount(SHARDS),
            orders: DashMap::with_shard_amount(SHARDS),
            orders_of_account: DashMap::with_shard_amount(SHARDS),
            order_by_names: DashMap::with_shard_amount(SHARDS),
            authzs: DashMap::with_shard_amount(SHARDS),
            proven: DashMap::with_shard_amount(SHARDS),
            pre_authorized: DashMap::with_shard_amount(SHARDS),
            certificates: DashMap::with_shard_amount(SHARDS),
            revoked: Mutex::default(),
            rows: None,
        }
    }

    /// An id that no record has. Ids tell nothing: whose a record is, is checked at every request.
    /// None that was told to a client is given again, also by a CA that goes on after a crash.
    pub(super) fn next_id(&self) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        if let Some(rows) = &self.rows {
            rows.reserve_beyond(id);
        }
        id
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
                self.tell(|| Change::NewAccount(Arc::clone(&account)));
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
        self.change(&self.accounts, &id, change, Change::Account)?;
        self.account(id)
    }

    /// Gives `account`, as the caller has read it, the key `new`.
    pub(super) fn change_key(
        &self,
        account: &Account,
        new: PublicKey,
    ) -> Result<Arc<Account>, KeyChangeError> {
        let old = *account.key.thumbprint();
        // The new key's entry stays locked until it is this account's: nobody can register with it.
        match self.account_by_key.entry(*new.thumbprint()) {
            Entry::Occupied(id) => return Err(KeyChangeError::Taken(*id.get())),
            Entry::Vacant(free) => {
                let replace = |account: &mut Account| {
                    let unchanged = *account.key.thumbprint() == old;
                    if unchanged {
                        account.key = Arc::new(new);
                    }
                    unchanged
                };
                let changed = self.change(&self.accounts, &account.id, replace, Change::Account);
                if changed != Some(true) {
                    return Err(KeyChangeError::Outrun);
                }
                free.insert(account.id);
            }
        }
        self.account_by_key.remove(&old);
        self.account(account.id).ok_or(KeyChangeError::Outrun)
    }

    /// Adds a new order together with those of its authorizations that are new.
    pub(super) fn add_order(&self, order: Order, authzs: Vec<Authz>) -> Arc<Order> {
        for authz in authzs {
            self.add_authz(authz);
        }
        let order = Arc::new(order);
        self.orders.insert(order.id, Arc::clone(&order));
        self.tell(|| Change::Order(Arc::clone(&order)));
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
        self.change(&self.orders, &id, change, Change::Order)
    }

    /// Makes order `id` the one that [`Self::order_by_names`] finds.
    pub(super) fn remember_names(&self, account: u64, sorted_names: Vec<Identifier>, id: u64) {
        self.order_by_names.insert((account, sorted_names), id);
    }

    /// The account's latest order of exactly these identifiers.
    pub(super) fn order_by_names(
        &self,
        account: u64,
        sorted_names: &[Identifier],
    ) -> Option<Arc<Order>> {
        let id = *self.order_by_names.get(&(account, sorted_names.to_vec()))?;
        self.order(id)
    }

    /// At most `limit` ids of the account's orders, oldest first, after the first `skip`; and
    /// whether more follow.
    pub(super) fn orders_of_account(&self, id: u64, skip: usize, limit: usize) -> (Vec<u64>, bool) {
        let Some(all) = self.orders_of_account.get(&id) else { return (Vec::new(), false) };
        let page: Vec<u64> = all.iter().skip(skip).take(limit).copied().collect();
        let more = skip.saturating_add(page.len()) < all.len();
        (page, more)
    }

    /// Returns at once, unless rows are written more slowly than there are changes: then once there
    /// is room for more.
    pub(super) async fn room(&self) {
        if let Some(rows) = &self.rows {
            rows.room().await;
        }
    }

    /// Returns once clients may be told of what has happened so far: at once, unless rows are waited for.
    pub(super) async fn kept(&self) {
        if let Some(rows) = &self.rows {
            rows.kept(self.next_id.load(Ordering::Relaxed)).await;
        }
    }

    fn tell(&self, change: impl FnOnce() -> Change) {
        if let Some(rows) = &self.rows {
            rows.push(change());
        }
    }

    /// Changes a record and tells of it while it is locked, so that changes come in their order.
    fn change<K: Eq + Hash, V: Clone, R>(
        &self,
        map: &DashMap<K, Arc<V>>,
        key: &K,
        change: impl FnOnce(&mut V) -> R,
        told_as: fn(Arc<V>) -> Change,
    ) -> Option<R> {
        let mut record = map.get_mut(key)?;
        let result = change(Arc::make_mut(&mut record));
        self.tell(|| told_as(Arc::clone(&record)));
        Some(result)
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
    use crate::ca::{
        clock::Moment,
        jose,
        model::{Issuance, test_order},
    };

    fn order(store: &Store, account: u64) -> Arc<Order> {
        store.add_order(test_order(store.next_id(), account), vec![])
    }

    #[test]
    fn a_snapshot_does_not_change() {
        let store = Store::new();
        let before = order(&store, 7);
        let id = before.id;
        let signing = Issuance::Signing(Moment::now());
        store.update_order(id, |order| order.issuance = signing.clone()).expect("it is there");
        assert_eq!(before.issuance, Issuance::NotRequested);
        assert_eq!(store.order(id).expect("it is there").issuance, signing);
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

    /// Coordinates of Ed25519 keys: of RFC 8037, and of RFC 8032 §7.1.
    const KEYS: [&str; 3] = [
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
        "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
    ];

    fn account(store: &Store, x: &str) -> Arc<Account> {
        let account = Account {
            id: store.next_id(),
            key: Arc::new(jose::test_key(x)),
            contact: vec![],
            binding: None,
            deactivated: false,
            created: Moment::now(),
        };
        store.add_account(account).expect("the key is new")
    }

    #[test]
    fn a_changed_key_leads_to_its_account_and_the_old_one_nowhere() {
        let store = Store::new();
        let (one, other) = (account(&store, KEYS[0]), account(&store, KEYS[1]));
        let find = |x| store.account_by_key(jose::test_key(x).thumbprint()).map(|found| found.id);

        let taken = store.change_key(&one, jose::test_key(KEYS[1])).expect_err("it is other's");
        assert_eq!(taken, KeyChangeError::Taken(other.id));
        let changed = store.change_key(&one, jose::test_key(KEYS[2])).expect("it is free");
        assert_eq!((find(KEYS[2]), find(KEYS[0])), (Some(changed.id), None));
        let stale =
            store.change_key(&one, jose::test_key(KEYS[0])).expect_err("it was read before");
        assert_eq!(stale, KeyChangeError::Outrun);
        assert_eq!(find(KEYS[0]), None);
        assert_ne!(account(&store, KEYS[0]).id, changed.id);
    }
}
