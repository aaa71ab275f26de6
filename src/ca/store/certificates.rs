//! Certificates: which are revoked, and which are replaced by whose orders.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Revoked, Store, snapshot, update};
use crate::ca::{
    issuer::Serial,
    model::{Certificate, Revocation},
    rows::Change,
};

impl Store {
    pub(in crate::ca) fn add_certificate(&self, certificate: Certificate) -> Arc<Certificate> {
        let certificate = Arc::new(certificate);
        self.certificates.insert(certificate.serial, Arc::clone(&certificate));
        self.tell(|| Change::Issued(Arc::clone(&certificate)));
        certificate
    }

    pub(in crate::ca) fn certificate(&self, serial: &Serial) -> Option<Arc<Certificate>> {
        snapshot(&self.certificates, serial)
    }

    /// Revokes the certificate, once: tells whether it was this call that did.
    pub(in crate::ca) fn revoke(&self, serial: Serial, revocation: Revocation) -> bool {
        let first = self.certificates.get_mut(&serial).is_some_and(|mut certificate| {
            let first = certificate.revocation.is_none();
            if first {
                Arc::make_mut(&mut certificate).revocation = Some(revocation);
                self.tell(|| Change::Revoked(Arc::clone(&certificate)));
            }
            first
        });
        if first {
            let mut revoked = self.lock_revoked();
            revoked.serials.push(serial);
            revoked.total += 1;
        }
        first
    }

    /// How many certificates have been revoked so far; it only grows.
    pub(in crate::ca) fn revocations(&self) -> usize {
        self.lock_revoked().total
    }

    /// All revoked certificates, in the order of their revocation.
    pub(in crate::ca) fn revoked(&self) -> Vec<(Serial, Revocation)> {
        let serials = self.lock_revoked().serials.clone();
        let revocation_of = |serial: Serial| Some((serial, self.certificate(&serial)?.revocation?));
        serials.into_iter().filter_map(revocation_of).collect()
    }

    /// Marks the certificate as replaced by `order`, if `before` still is what it is replaced by.
    pub(in crate::ca) fn replace(&self, serial: Serial, before: Option<u64>, order: u64) -> bool {
        let replaced = update(&self.certificates, &serial, |certificate| {
            let unchanged = certificate.replaced_by == before;
            if unchanged {
                certificate.replaced_by = Some(order);
            }
            unchanged
        });
        replaced == Some(true)
    }

    pub(super) fn lock_revoked(&self) -> MutexGuard<'_, Revoked> {
        // A list that grows by whole entries is right even after a panic elsewhere.
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::RevocationReason;

    use super::*;
    use crate::ca::{clock::Moment, model::test_certificate};

    fn add(store: &Store) -> Serial {
        store.add_certificate(test_certificate(7)).serial
    }

    #[test]
    fn a_certificate_is_revoked_once() {
        let store = Store::new();
        let (first, second) = (add(&store), add(&store));
        let now = Revocation { at: Moment::now(), reason: RevocationReason::Superseded };
        assert!(store.revoke(second, now) && store.revoke(first, now));
        assert!(!store.revoke(first, now) && !store.revoke(Serial::random(), now));
        assert_eq!(store.revoked(), [(second, now), (first, now)]);
        assert_eq!(store.revocations(), 2);
    }

    #[test]
    fn of_two_orders_one_replaces() {
        let store = Store::new();
        let serial = add(&store);
        assert!(store.replace(serial, None, 1));
        assert!(!store.replace(serial, None, 2));
        assert!(store.replace(serial, Some(1), 3));
        assert_eq!(store.certificate(&serial).and_then(|found| found.replaced_by), Some(3));
    }
}
