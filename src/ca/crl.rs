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
/// many times that while, so that lists never take more than a tenth of a core; a short list is
/// always the newest.
const PAUSE_FACTOR: u32 = 9;

/// The latest list.
#[derive(Default)]
pub(super) struct Crl(Mutex<Option<Made>>);

struct Made {
    der: Bytes,
    number: u64,
    entries: usize,
    at: Instant,
    took: Duration,
}

impl Crl {
    /// The list in DER, new if certificates were revoked since the last one.
    pub(super) fn der(&self, store: &Store, issuer: &Issuer) -> Result<Bytes, rcgen::Error> {
        // Locked while the list is made: who asks meanwhile would otherwise make the same again.
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = latest.as_ref().filter(|made| made.will_do(store.revoked_count())) {
            return Ok(made.der.clone());
        }
        let began = Instant::now();
        let revoked = store.revoked();
        let number = latest.as_ref().map_or(1, |made| made.number + 1);
        let der = Bytes::from(issuer.sign_crl(number, &revoked, LIFETIME)?);
        let (entries, at) = (revoked.len(), Instant::now());
        *latest = Some(Made { der: der.clone(), number, entries, at, took: at - began });
        Ok(der)
    }
}

impl Made {
    fn will_do(&self, revoked: usize) -> bool {
        let age = self.at.elapsed();
        age < MAX_AGE && (revoked == self.entries || age < self.took * PAUSE_FACTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_serves_until_something_changes() {
        let (crl, store) = (Crl::default(), Store::new());
        let issuer = Issuer::new().expect("keys");
        let first = crl.der(&store, &issuer).expect("a list");
        assert_eq!(crl.der(&store, &issuer).expect("a list"), first);
    }

    #[test]
    fn a_list_that_took_long_serves_longer() {
        let made =
            |took| Made { der: Bytes::new(), number: 1, entries: 5, at: Instant::now(), took };
        assert!(made(Duration::ZERO).will_do(5) && !made(Duration::ZERO).will_do(6));
        assert!(made(Duration::from_secs(1)).will_do(6));
    }
}
