//! Authorizations, and which of them an account can show for a name.

use std::sync::Arc;

use super::{Store, snapshot};
use crate::ca::{
    clock::Moment,
    identifier::Identifier,
    model::{Authz, Order, Status},
    rows::Change,
};

impl Store {
    /// Adds an authorization that is made ahead of orders (RFC 8555 §7.4.1). Those of orders come
    /// with [`Store::add_order`].
    pub(in crate::ca) fn add_pre_authorization(&self, authz: Authz) -> Arc<Authz> {
        let authz = self.add_authz(authz);
        self.pre_authorized.insert((authz.account, authz.identifier.clone()), authz.id);
        authz
    }

    pub(super) fn add_authz(&self, authz: Authz) -> Arc<Authz> {
        let authz = Arc::new(authz);
        self.authzs.insert(authz.id, Arc::clone(&authz));
        self.tell(|| Change::Authz(Arc::clone(&authz)));
        authz
    }

    pub(in crate::ca) fn authz(&self, id: u64) -> Option<Arc<Authz>> {
        snapshot(&self.authzs, &id)
    }

    /// The authorizations of `order`.
    pub(in crate::ca) fn authzs_of(&self, order: &Order) -> Vec<Arc<Authz>> {
        order.authzs.iter().filter_map(|id| self.authz(*id)).collect()
    }

    /// Changes authorization `id`. It is what [`Store::proven`] finds from then on if it is valid.
    pub(in crate::ca) fn update_authz<R>(
        &self,
        id: u64,
        change: impl FnOnce(&mut Authz) -> R,
    ) -> Option<R> {
        let change = |authz: &mut Authz| {
            let result = change(authz);
            // With the record still locked: whoever sees it valid may count on it at once.
            if authz.status(Moment::now()) == Status::Valid {
                self.proven.insert((authz.account, authz.identifier.clone()), id);
            }
            result
        };
        self.change(&self.authzs, &id, change, Change::Authz)
    }

    /// A valid authorization of `identifier` that the account has.
    pub(in crate::ca) fn proven(
        &self,
        account: u64,
        identifier: &Identifier,
        now: Moment,
    ) -> Option<Arc<Authz>> {
        let id = *self.proven.get(&(account, identifier.clone()))?;
        self.authz(id).filter(|authz| authz.status(now) == Status::Valid)
    }

    /// The account's pending or valid authorization of `identifier` made ahead of orders.
    pub(in crate::ca) fn pre_authorization(
        &self,
        account: u64,
        identifier: &Identifier,
        now: Moment,
    ) -> Option<Arc<Authz>> {
        let id = *self.pre_authorized.get(&(account, identifier.clone()))?;
        self.authz(id).filter(|authz| authz.is_usable(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ca::model::{ChallengeState, test_authz};

    fn authz(store: &Store) -> Authz {
        test_authz(store.next_id(), 7)
    }

    fn name() -> Identifier {
        Identifier::Dns("a.com".to_owned())
    }

    #[test]
    fn what_was_proven_is_found_until_it_ends() {
        let (store, now) = (Store::new(), Moment::now());
        let id = store.add_authz(authz(&store)).id;
        let proven = |account, now| store.proven(account, &name(), now).map(|found| found.id);
        assert_eq!(proven(7, now), None, "it is pending");
        store.update_authz(id, |authz| authz.challenges[0].state = ChallengeState::Valid(now));
        assert_eq!((proven(7, now), proven(8, now)), (Some(id), None));
        assert_eq!(proven(7, now.after(Duration::from_secs(61))), None, "it has expired");
        store.update_authz(id, |authz| authz.deactivated = true);
        assert_eq!(proven(7, now), None);
    }

    #[test]
    fn a_pre_authorization_is_found_while_pending() {
        let (store, now) = (Store::new(), Moment::now());
        store.add_authz(authz(&store));
        assert!(store.pre_authorization(7, &name(), now).is_none());
        let id = store.add_pre_authorization(authz(&store)).id;
        assert_eq!(store.pre_authorization(7, &name(), now).map(|found| found.id), Some(id));
        assert!(store.pre_authorization(7, &name(), now.after(Duration::from_secs(61))).is_none());
    }
}
