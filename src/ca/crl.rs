//! The list of revoked certificates (RFC 5280 §5), made when somebody asks for it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{issuer::Issuer, store::Store};

/// What a list says of when the next one comes.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// When a list is made anew even though nothing has changed.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);
/// A list of many entries takes a while to make. Under steady revocation a new one waits for this
/// many times that while, so that lists never take more than a tenth of a core.
const PAUSE_FACTOR: u32 = 9;
/// A shorter list, of about a thousand entries, is always the newest.
const LONG_BYTES: usize = 40 * 1024;

/// The latest list.
#[derive(Default)]
pub(super) struct Crl(Mutex<Option<Made>>);

struct Made {
    der: Bytes,
    number: u64,
    /// How many there had been by then.
    revocations: usize,
    at: Instant,
    took: Duration,
}

impl Crl {
    /// The list in DER, new if certificates were revoked since the last one.
    pub(super) fn der(&self, store: &Store, issuer: &Issuer) -> Result<Bytes, rcgen::Error> {
        // Locked while the list is made: who asks meanwhile would otherwise make the same again.
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked up before the entries: these may then be more, but never fewer.
        let revocations = store.revocations();
        if let Some(made) = latest.as_ref().filter(|made| made.will_do(revocations)) {
            return Ok(made.der.clone());
        }
        let began = Instant::now();
        let revoked = store.revoked();
        let number = latest.as_ref().map_or(1, |made| made.number + 1);
        let der = Bytes::from(issuer.sign_crl(number, &revoked, LIFETIME)?);
        let at = Instant::now();
        *latest = Some(Made { der: der.clone(), number, revocations, at, took: at - began });
        Ok(der)
    }
}

impl Made {
    fn will_do(&self, revocations: usize) -> bool {
        let age = self.at.elapsed();
        let rests = self.der.len() >= LONG_BYTES && age < self.took * PAUSE_FACTOR;
        age < MAX_AGE && (revocations == self.revocations || rests)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::RevocationReason;

    use super::*;
    use crate::ca::{
        clock::Moment,
        model::{Certificate, Revocation, test_certificate},
    };

    #[test]
    fn a_list_serves_until_something_changes() {
        let (crl, store) = (Crl::default(), Store::new());
        let issuer = Issuer::new().expect("keys");
        let first = crl.der(&store, &issuer).expect("a list");
        assert_eq!(crl.der(&store, &issuer).expect("a list"), first);
    }

    #[test]
    fn one_forgotten_does_not_hide_one_revoked() {
        let (crl, store) = (Crl::default(), Store::new());
        let issuer = Issuer::new().expect("keys");
        let (now, day) = (Moment::now(), Duration::from_secs(24 * 3600));
        let revoke = |end: Moment| {
            let certificate = Certificate { dates: (now, end), ..test_certificate(1) };
            let serial = store.add_certificate(certificate).serial;
            store.revoke(serial, Revocation { at: now, reason: RevocationReason::Unspecified });
        };
        revoke(now);
        let first = crl.der(&store, &issuer).expect("a list");
        store.forget_ended(now.after(day));
        revoke(now.after(2 * day));
        assert_eq!(store.revoked().len(), 1);
        assert_ne!(crl.der(&store, &issuer).expect("a list"), first);
    }

    #[test]
    fn a_long_list_that_took_long_serves_longer() {
        let will_do = |bytes: usize, took, revocations| {
            let (der, at) = (vec![0; bytes].into(), Instant::now());
            Made { der, number: 1, revocations: 5, at, took }.will_do(revocations)
        };
        let minute = Duration::from_secs(60);
        assert!(will_do(0, minute, 5) && !will_do(0, minute, 6));
        assert!(will_do(LONG_BYTES, minute, 6) && !will_do(LONG_BYTES, Duration::ZERO, 6));
    }
}
