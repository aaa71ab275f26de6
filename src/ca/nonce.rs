//! Replay nonces (RFC 8555 §6.5): single-use, unpredictable, in bounded memory, without a lock.
//!
//! A nonce is a counter and a MAC over it, so nothing is stored when one is given out: the MAC
//! tells later that it came from here. Only *use* is remembered, one bit each, in a ring. Nonces
//! that are a ring's length older than one redeemed since then are refused.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

const COUNTER_BYTES: usize = 8;
/// 128 bits cannot be guessed within the life of a nonce.
const MAC_BYTES: usize = 16;

/// Nonces whose use one word of the ring remembers: the lower half of its 64 bits. The upper half
/// says for which lap of the ring they hold, so a word clears itself when a new lap reaches it.
const NONCES_A_WORD: u64 = 32;
/// 4 million nonces in 1 MiB: minutes of redemptions at tens of thousands of requests per second.
const RING_WORDS: u64 = 1 << 17;

pub(super) struct Nonces {
    key: hmac::Key,
    next: AtomicU64,
    used: Box<[AtomicU64]>,
}

/// Why a nonce is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NonceError {
    /// Not base64url (§6.5.2: the JWS is malformed).
    Encoding,
    /// Never issued here, or used before, or too old to tell.
    Unknown,
}

impl Nonces {
    pub(super) fn new() -> Self {
        Self::with_ring(RING_WORDS)
    }

    fn with_ring(words: u64) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        let used = (0..words).map(|_| AtomicU64::new(0)).collect();
        // The first lap is number 1: a fresh word, all zeros, is of an earlier lap.
        Self { key, next: AtomicU64::new(words * NONCES_A_WORD), used }
    }

    /// A new nonce in base64url.
    pub(super) fn issue(&self) -> String {
        let counter = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut nonce = [0; COUNTER_BYTES + MAC_BYTES];
        nonce[..COUNTER_BYTES].copy_from_slice(&counter);
        nonce[COUNTER_BYTES..].copy_from_slice(&self.mac(counter));
        BASE64_URL_SAFE_NO_PAD.encode(nonce)
    }

    /// Takes `nonce` out of circulation; an error if it was not in it.
    pub(super) fn redeem(&self, nonce: &str) -> Result<(), NonceError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(nonce).map_err(|_| NonceError::Encoding)?;
        let (counter, mac) =
            bytes.split_first_chunk::<COUNTER_BYTES>().ok_or(NonceError::Unknown)?;
        // Not compared in constant time: guessing a nonce gains nobody anything without a key.
        if mac != self.mac(*counter) {
            return Err(NonceError::Unknown);
        }
        self.mark_used(u64::from_be_bytes(*counter)).ok_or(NonceError::Unknown)
    }

    fn mark_used(&self, counter: u64) -> Option<()> {
        let words = self.used.len() as u64;
        let (word, bit) = (counter / NONCES_A_WORD, 1 << (counter % NONCES_A_WORD));
        let lap = word / words;
        self.used[(word % words) as usize]
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |current| {
                match (current >> NONCES_A_WORD).cmp(&lap) {
                    std::cmp::Ordering::Less => Some((lap << NONCES_A_WORD) | bit),
                    std::cmp::Ordering::Equal if current & bit == 0 => Some(current | bit),
                    _ => None,
                }
            })
            .ok()
            .map(|_| ())
    }

    fn mac(&self, counter: [u8; COUNTER_BYTES]) -> [u8; MAC_BYTES] {
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&hmac::sign(&self.key, &counter).as_ref()[..MAC_BYTES]);
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn works_once() {
        let nonces = Nonces::new();
        let (first, second) = (nonces.issue(), nonces.issue());
        assert_ne!(first, second);
        assert_eq!(nonces.redeem(&second), Ok(()));
        assert_eq!(nonces.redeem(&first), Ok(()));
        assert_eq!(nonces.redeem(&first), Err(NonceError::Unknown));
        assert_eq!(nonces.redeem(&second), Err(NonceError::Unknown));
    }

    #[test]
    fn refuses_what_it_did_not_issue() {
        let (nonces, others) = (Nonces::new(), Nonces::new());
        assert_eq!(nonces.redeem(&others.issue()), Err(NonceError::Unknown));
        assert_eq!(nonces.redeem("AAAA"), Err(NonceError::Unknown));
        assert_eq!(nonces.redeem(""), Err(NonceError::Unknown));
        assert_eq!(nonces.redeem("not base64url"), Err(NonceError::Encoding));
        let mut forged = BASE64_URL_SAFE_NO_PAD.decode(nonces.issue()).expect("its own");
        forged[COUNTER_BYTES - 1] ^= 1;
        let forged = BASE64_URL_SAFE_NO_PAD.encode(forged);
        assert_eq!(nonces.redeem(&forged), Err(NonceError::Unknown));
    }

    #[test]
    fn forgets_old_ones_only_when_the_ring_is_reused() {
        let words = 2;
        let nonces = Nonces::with_ring(words);
        let issued: Vec<String> = (0..=words * NONCES_A_WORD).map(|_| nonces.issue()).collect();
        assert_eq!(nonces.redeem(&issued[0]), Ok(()));
        assert_eq!(nonces.redeem(&issued[64]), Ok(()), "the same word, one lap on");
        assert_eq!(nonces.redeem(&issued[1]), Err(NonceError::Unknown), "its lap is over");
        assert_eq!(nonces.redeem(&issued[40]), Ok(()), "the other word has not moved on");
    }

    #[test]
    fn one_of_many_threads_wins() {
        let nonces = Nonces::new();
        for _ in 0..50 {
            let nonce = nonces.issue();
            let wins = thread::scope(|scope| {
                let redeem = || nonces.redeem(&nonce).is_ok();
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(redeem)).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("no panic"))
                    .filter(|won| *won)
                    .count()
            });
            assert_eq!(wins, 1);
        }
    }
}
