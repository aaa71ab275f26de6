//! Forgetting what has ended, so that memory follows lifetimes and not how long the CA runs.

use std::{collections::HashSet, hash::Hash};

use dashmap::DashMap;

use super::Store;
use crate::ca::clock::Moment;

impl Store {
    /// Forgets the certificates, orders and authorizations that ended before `horizon`, with all that
    /// leads to them. Accounts have no end.
    pub(in crate::ca) fn forget_ended(&self, horizon: Moment) {
        let certificates = remove(&self.certificates, |it| it.dates.1 < horizon);
        // An order tells whether the certificate that it replaces can be replaced by another. Two
        // locks at once are safe here: nobody who holds a certificate's asks for an order's.
        let orders = remove(&self.orders, |order| {
            let replaces = order.replaces.filter(|serial| self.certificates.contains_key(serial));
            order.expires < horizon && replaces.is_none()
        });
        let authzs = remove(&self.authzs, |authz| authz.expires < horizon);

        if !certificates.is_empty() {
            // RFC 5280 §3.3: a list need not name what has expired.
            self.lock_revoked().serials.retain(|serial| !certificates.contains(serial));
        }
        if !orders.is_empty() {
            self.order_by_names.retain(|_, id| !orders.contains(id));
            self.orders_of_account.retain(|_, ids| {
                ids.retain(|id| !orders.contains(id));
                !ids.is_empty()
            });
        }
        if !authzs.is_empty() {
            self.proven.retain(|_, id| !authzs.contains(id));
            self.pre_authorized.retain(|_, id| !authzs.contains(id));
        }
    }
}

/// Removes the records that have ended and gives their keys.
pub(in crate::ca) fn remove<K: Copy + Eq + Hash, V>(
    map: &DashMap<K, V>,
    has_ended: impl Fn(&V) -> bool,
) -> HashSet<K> {
    let mut gone = HashSet::new();
    map.retain(|key, record| {
        let ended = has_ended(record);
        if ended {
            gone.insert(*key);
        }
        !ended
    });
    gone
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::RevocationReason;

    use super::*;
    use crate::ca::{
        identifier::Identifier,
        issuer::Serial,
        model::{
            Authz, Certificate, ChallengeState, Order, Revocation, Status, test_authz,
            test_certificate, test_order,
        },
    };

    /// A store in which everything lasts until `end`: a revoked certificate, a pre-authorization
    /// and an order with it, all of account 7.
    fn full(end: Moment) -> (Store, Serial, u64, u64) {
        let (store, now) = (Store::new(), Moment::now());
        let certificate = Certificate { dates: (now, end), ..test_certificate(7) };
        let serial = store.add_certificate(certificate).serial;
        store.revoke(serial, Revocation { at: now, reason: RevocationReason::Unspecified });
        let authz = Authz { expires: end, ..test_authz(store.next_id(), 7) };
        let authz = store.add_pre_authorization(authz).id;
        store.update_authz(authz, |authz| authz.decide(0, ChallengeState::Valid(now)));
        let order = test_order(store.next_id(), 7);
        let order = Order { expires: end, authzs: vec![authz], ..order };
        let order = store.add_order(order, vec![]).id;
        store.remember_names(7, names(), order);
        (store, serial, authz, order)
    }

    fn names() -> Vec<Identifier> {
        vec![Identifier::Dns("a.com".to_owned())]
    }

    #[test]
    fn what_has_ended_leaves_nothing() {
        let (now, second) = (Moment::now(), Duration::from_secs(1));
        let (store, serial, authz, order) = full(now.after(second));
        store.forget_ended(now.after(second));
        assert!(store.certificate(&serial).is_some() && store.authz(authz).is_some());
        assert!(store.proven(7, &names()[0], now).is_some());
        assert_eq!(store.order_by_names(7, &names()).map(|found| found.id), Some(order));
        assert_eq!((store.revoked().len(), store.orders_of_account.len()), (1, 1));

        store.forget_ended(now.after(2 * second));
        assert!(store.certificate(&serial).is_none() && store.authz(authz).is_none());
        assert!(store.order(order).is_none());
        assert!(store.proven.is_empty() && store.pre_authorized.is_empty());
        assert!(store.order_by_names.is_empty() && store.orders_of_account.is_empty());
        assert_eq!((store.revoked(), store.revocations()), (vec![], 1));
    }

    #[test]
    fn an_order_is_not_ready_for_want_of_authorizations() {
        let now = Moment::now();
        let (store, _, authz, order) = full(now.after(Duration::from_secs(60)));
        let status = || {
            let order = store.order(order).expect("it has not ended");
            order.status(&store.authzs_of(&order), now).0
        };
        assert_eq!(status(), Status::Ready);
        store.update_authz(authz, |authz| authz.expires = now);
        store.forget_ended(now.after(Duration::from_secs(1)));
        assert_eq!(status(), Status::Invalid);
    }

    #[test]
    fn an_order_that_replaces_a_certificate_stays_with_it() {
        let (now, second) = (Moment::now(), Duration::from_secs(1));
        let (store, serial, _, _) = full(now.after(2 * second));
        let order = Order { replaces: Some(serial), ..test_order(store.next_id(), 7) };
        let order = store.add_order(order, vec![]).id;
        store.forget_ended(now.after(second));
        assert!(store.order(order).is_some());
        store.forget_ended(now.after(3 * second));
        assert!(store.order(order).is_none());
    }
}
