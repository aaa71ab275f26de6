//! A store that goes on where a CA before has left off.

use std::sync::Arc;

use super::{Store, update};
use crate::ca::{
    clock::Moment,
    model::{Authz, Order, Status},
    rows::{Queue, Records},
};

impl Store {
    /// A store of `records` that tells `rows` of every change from now on.
    pub(in crate::ca) fn resumed(records: Records, rows: Arc<Queue>, reuse_orders: bool) -> Self {
        let mut store = Self::new();
        store.next_id = records.next_id.into();
        for account in records.accounts {
            store.account_by_key.insert(*account.key.thumbprint(), account.id);
            store.accounts.insert(account.id, Arc::new(account));
        }
        for mut certificate in records.certificates {
            // Revoked again, so that the list of them is made.
            let (serial, revocation) = (certificate.serial, certificate.revocation.take());
            store.add_certificate(certificate);
            revocation.map(|revocation| store.revoke(serial, revocation));
        }
        for authz in records.authzs {
            store.resume_authz(authz);
        }
        for order in records.orders {
            store.resume_order(order, reuse_orders);
        }
        // Only now: none of this is news.
        store.rows = Some(rows);
        store
    }

    /// Authorizations made ahead of orders are known by no order naming them.
    fn resume_authz(&self, authz: Authz) {
        let key = (authz.account, authz.identifier.clone());
        let now = Moment::now();
        if authz.status(now) == Status::Valid {
            self.proven.insert(key.clone(), authz.id);
        }
        if authz.is_usable(now) {
            self.pre_authorized.insert(key, authz.id);
        }
        self.add_authz(authz);
    }

    fn resume_order(&self, order: Order, reuse: bool) {
        for identifier in order.identifiers.iter() {
            let key = (order.account, identifier.clone());
            self.pre_authorized.remove_if(&key, |_, id| order.authzs.contains(id));
        }
        if let Some(serial) = order.replaces {
            update(&self.certificates, &serial, |replaced| replaced.replaced_by = Some(order.id));
        }
        let is_plain =
            order.not_before.is_none() && order.not_after.is_none() && order.replaces.is_none();
        if reuse && is_plain {
            let mut names = order.identifiers.to_vec();
            names.sort_unstable();
            self.remember_names(order.account, names, order.id);
        }
        self.add_order(order, vec![]);
    }
}
