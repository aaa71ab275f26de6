//! Certificates: which are revoked, and which are replaced by whose orders.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Store, snapshot, update};
use crate::ca::{
    issuer::Serial,
    model::{Certificate, Revocation},
};

impl Store {
    pub(in crate::ca) fn add_certificate(
        &self,
        serial: Serial,
        certificate: Certificate,
    ) -> Arc<Certificate> {
        let certificate = Arc::new(certificate);
        self.certificates.insert(serial, Arc::clone(&certificate));
        certificate
    }

    pub(in crate::ca) fn certificate(&self, serial: &Serial) -> Option<Arc<Certificate>> {
        snapshot(&self.certificates, serial)
    }

    /// Revokes the certificate, once: tells whether it was this call that did.
    pub(in crate::ca) fn revoke(&self, serial: Serial, revocation: Revocation) -> bool {
        let first = update(&self.certificates, &serial, |certificate| {
            let first = certificate.revocation.is_none();
            if first {
                certificate.revocation = Some(revocation);
            }
            first
        });
        if first == Some(true) {
            self.revoked_list().push(serial);
        }
        first == Some(true)
    }

    /// How many certificates are revoked.
    pub(in crate::ca) fn revoked_count(&self) -> usize {
        self.revoked_list().len()
    }

    /// All revoked certificates, in the order of their revocation.
    pub(in crate::ca) fn revoked(&self) -> Vec<(Serial, Revocation)> {
        let serials = self.revoked_list().clone();
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

    pub(super) fn revoked_list(&self) -> MutexGuard<'_, Vec<Serial>> {
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
        let serial = Serial::random();
        store.add_certificate(serial, test_certificate(7));
        serial
    }

    #[test]
    fn a_certificate_is_revoked_once() {
        let store = Store::new();
        let (first, second) = (add(&store), add(&store));
        let now = Revocation { at: Moment::now(), reason: RevocationReason::Superseded };
        assert!(store.revoke(second, now) && store.revoke(first, now));
        assert!(!store.revoke(first, now) && !store.revoke(Serial::random(), now));
        assert_eq!(store.revoked(), [(second, now), (first, now)]);
        assert_eq!(store.revoked_count(), 2);
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
