//! From changes of the store to rows.

use std::{collections::HashSet, sync::Arc};

use super::{
    authz2, certificate_status, certificates, coyote_ca,
    fault::Faults,
    issued_names, orders, registrations, revoked_certificates,
    sheets::{Sheet, Sheets},
};
use crate::ca::{
    issuer::Issuer,
    model::{Account, Authz, Certificate, Order},
};

/// Something in the store that is new or other than it was, as it is from then on.
#[derive(Debug, Clone)]
pub(in crate::ca) enum Change {
    NewAccount(Arc<Account>),
    Account(Arc<Account>),
    Order(Arc<Order>),
    Authz(Arc<Authz>),
    Issued(Arc<Certificate>),
    Revoked(Arc<Certificate>),
    /// Ids below this one are given out from now on.
    Reserved(u64),
}

/// The rows that say what `changes` have led to.
pub(super) fn rows(changes: &[Change], issuer: &Issuer, faults: &mut Faults) -> Vec<Sheet> {
    let mut sheets = Sheets::new(faults);
    for change in latest(changes) {
        match change {
            Change::NewAccount(account) => {
                registrations::put(&mut sheets, account);
                coyote_ca::put_account(&mut sheets, account, true);
            }
            Change::Account(account) => {
                registrations::put(&mut sheets, account);
                coyote_ca::put_account(&mut sheets, account, false);
            }
            Change::Order(order) => {
                orders::put(&mut sheets, order, issuer);
                coyote_ca::put_order(&mut sheets, order);
            }
            Change::Authz(authz) => authz2::put(&mut sheets, authz),
            Change::Issued(certificate) => {
                certificates::put(&mut sheets, certificate);
                certificate_status::put(&mut sheets, certificate, issuer);
                issued_names::put(&mut sheets, certificate);
            }
            Change::Revoked(certificate) => {
                certificate_status::put(&mut sheets, certificate, issuer);
                revoked_certificates::put(&mut sheets, certificate, issuer);
            }
            Change::Reserved(end) => coyote_ca::put_reserved(&mut sheets, *end),
        }
    }
    sheets.filled()
}

/// `changes` without those that a later one makes void, so that an order that comes and goes through
/// all its statuses at once is one row to write. Accounts stay: of two that give a key from one to the
/// other the order counts, because no two rows can have it.
fn latest(changes: &[Change]) -> Vec<&Change> {
    let (mut orders, mut authzs) = (HashSet::new(), HashSet::new());
    let mut latest: Vec<&Change> = changes
        .iter()
        .rev()
        .filter(|change| match change {
            Change::Order(order) => orders.insert(order.id),
            Change::Authz(authz) => authzs.insert(authz.id),
            _ => true,
        })
        .collect();
    latest.reverse();
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::model::{test_authz, test_order};

    #[test]
    fn only_the_last_of_a_record_is_written() {
        let issuer = Issuer::new().expect("keys");
        let order = |id| Change::Order(Arc::new(test_order(id, 7)));
        let authz = |id| Change::Authz(Arc::new(test_authz(id, 7)));
        let changes = [authz(1), order(2), authz(3), order(2), order(4), authz(1)];
        let sheets = rows(&changes, &issuer, &mut Faults::new(&[]));
        let counts = |name| {
            sheets.iter().find(|sheet| sheet.table.name == name).map(|sheet| sheet.rows().len())
        };
        assert_eq!((counts("authz2"), counts("orders")), (Some(2), Some(2)));
        assert_eq!(counts("certificates"), None);
    }
}
