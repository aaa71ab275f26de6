//! Names that a chain has for itself, or shares with others that do not mind, while it runs.

use std::cell::RefCell;
use std::sync::Arc;

use dashmap::{DashMap, Entry};

/// Who has a name now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holders {
    /// One chain alone.
    One,
    /// This many, each of which leaves it as it is.
    Many(u32),
}

/// The names that are claimed right now, by chains of all shards.
#[derive(Debug, Default)]
pub struct Claims(DashMap<Box<str>, Holders, ahash::RandomState>);

impl Claims {
    /// Claims `key` for one alone; `None` when anybody has it.
    pub fn take(self: &Arc<Self>, key: &str) -> Option<Claim> {
        match self.0.entry(key.into()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(Holders::One);
                Some(Claim { claims: Arc::clone(self), key: key.into() })
            }
        }
    }

    /// Claims `key` beside others that share it; `None` when one has it alone.
    pub fn share(self: &Arc<Self>, key: &str) -> Option<Claim> {
        let mut holders = self.0.entry(key.into()).or_insert(Holders::Many(0));
        let Holders::Many(count) = &mut *holders else { return None };
        *count += 1;
        Some(Claim { claims: Arc::clone(self), key: key.into() })
    }

    /// Whether anybody has `key`.
    pub fn is_taken(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

/// A name that is claimed until this is dropped.
#[derive(Debug)]
#[must_use = "the claim ends when this is dropped"]
pub struct Claim {
    claims: Arc<Claims>,
    key: Box<str>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Entry::Occupied(mut entry) = self.claims.0.entry(std::mem::take(&mut self.key)) else {
            return;
        };
        match entry.get_mut() {
            Holders::Many(count) if *count > 1 => *count -= 1,
            Holders::Many(_) | Holders::One => drop(entry.remove()),
        }
    }
}

/// What one chain has claimed; dropping it releases all.
#[derive(Debug, Default)]
pub struct OwnClaims(RefCell<Vec<Claim>>);

impl OwnClaims {
    /// Keeps `claim` until it is released or the chain ends; whether there is one.
    pub fn keep(&self, claim: Option<Claim>) -> bool {
        let claimed = claim.is_some();
        self.0.borrow_mut().extend(claim);
        claimed
    }

    /// Ends the last claim on `key`; whether there was one.
    pub fn release(&self, key: &str) -> bool {
        let mut own = self.0.borrow_mut();
        let found = own.iter().rposition(|claim| &*claim.key == key);
        found.map(|at| own.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_alone_until_it_lets_go() {
        let claims = Arc::new(Claims::default());
        let first = claims.take("a").expect("it is free");
        assert!(claims.take("a").is_none() && claims.share("a").is_none());
        assert!(claims.is_taken("a") && !claims.is_taken("b"));
        drop(first);
        assert!(!claims.is_taken("a"));
        assert!(claims.take("a").is_some());
    }

    #[test]
    fn sharers_keep_out_who_wants_it_alone() {
        let claims = Arc::new(Claims::default());
        let (one, two) = (claims.share("a").expect("free"), claims.share("a").expect("shared"));
        drop(one);
        assert!(claims.take("a").is_none());
        drop(two);
        assert!(claims.take("a").is_some());
    }

    #[test]
    fn a_chain_releases_its_own_and_at_its_end_the_rest() {
        let claims = Arc::new(Claims::default());
        let (own, other) = (OwnClaims::default(), OwnClaims::default());
        assert!(own.keep(claims.take("a")) && own.keep(claims.take("b")));
        assert!(!other.keep(claims.take("a")));
        assert!(!other.release("a") && claims.is_taken("a"));
        assert!(own.release("a") && !own.release("a"));
        drop(own);
        assert!(!claims.is_taken("a") && !claims.is_taken("b"));
    }

    #[test]
    fn of_many_threads_one_has_it_at_a_time() {
        let claims = Arc::new(Claims::default());
        let inside = std::sync::atomic::AtomicU32::new(0);
        let taken = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        let Some(_claim) = claims.take("a") else { continue };
                        let before = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0);
                        taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(taken.into_inner() > 0 && !claims.is_taken("a"));
    }
}
