//! The faults that are set right now.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::fault::{Fault, What, When};

/// Changed while the CA runs, looked at by every request: when none is set, by one atomic load.
pub(in crate::ca) struct Faults {
    any: AtomicBool,
    active: RwLock<Vec<Active>>,
}

struct Active {
    fault: Fault,
    /// How often it can still happen; [`u64::MAX`] is for ever.
    left: AtomicU64,
}

impl Faults {
    pub(in crate::ca) fn new(faults: &[Fault]) -> Self {
        let new = Self { any: AtomicBool::new(false), active: RwLock::default() };
        for fault in faults {
            new.add(fault.clone());
        }
        new
    }

    /// Sets one more. Of several for one request, the one that was set first goes first.
    pub(in crate::ca) fn add(&self, fault: Fault) {
        let left = AtomicU64::new(match fault.when {
            When::Next(count) => count,
            When::Share(_) => u64::MAX,
        });
        self.change(|active| active.push(Active { fault, left }));
    }

    /// Ends all; how many there were.
    pub(in crate::ca) fn clear(&self) -> usize {
        self.change(|active| std::mem::take(active).len())
    }

    /// Those that can still happen, with the counts that are left.
    pub(in crate::ca) fn list(&self) -> Vec<Fault> {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        active.iter().filter_map(Active::now).collect()
    }

    /// What shall go wrong with a request to `endpoint`, its nonce apart.
    pub(in crate::ca) fn strike(&self, endpoint: &str) -> Option<What> {
        self.first(endpoint, |what| what != What::Nonce)
    }

    /// Whether the good nonce of a request to `endpoint` shall be rejected.
    pub(in crate::ca) fn reject_nonce(&self, endpoint: &str) -> bool {
        self.first(endpoint, |what| what == What::Nonce).is_some()
    }

    fn first(&self, endpoint: &str, of_kind: impl Fn(What) -> bool) -> Option<What> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        let concerned = active.iter().filter(|active| {
            of_kind(active.fault.what)
                && active.fault.endpoint.is_none_or(|concerned| concerned == endpoint)
        });
        concerned.into_iter().find(|active| active.happens()).map(|active| active.fault.what)
    }

    fn change<R>(&self, change: impl FnOnce(&mut Vec<Active>) -> R) -> R {
        let mut active = self.active.write().unwrap_or_else(PoisonError::into_inner);
        active.retain(|active| active.left.load(Ordering::Relaxed) > 0);
        let result = change(&mut active);
        self.any.store(!active.is_empty(), Ordering::Relaxed);
        result
    }
}

impl Active {
    fn happens(&self) -> bool {
        match self.fault.when {
            When::Share(share) => rand::random::<f64>() < share,
            When::Next(_) => self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok(),
        }
    }

    /// The fault with the count that is left, unless there is none.
    fn now(&self) -> Option<Fault> {
        let when = match (self.fault.when, self.left.load(Ordering::Relaxed)) {
            (_, 0) => return None,
            (When::Next(_), left) => When::Next(left),
            (share, _) => share,
        };
        Some(Fault { when, ..self.fault.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Faults {
        let faults: Vec<Fault> = texts.iter().map(|text| text.parse().expect(text)).collect();
        Faults::new(&faults)
    }

    fn listed(faults: &Faults) -> Vec<String> {
        faults.list().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_count_is_used_up() {
        let faults = faults(&["new-order:empty:next:2", "*:close:next:1"]);
        assert_eq!(faults.strike("new-order"), Some(What::Empty));
        assert_eq!(listed(&faults), ["new-order:empty:next:1", "*:close:next:1"]);
        assert_eq!(faults.strike("finalize"), Some(What::Close));
        assert_eq!(faults.strike("finalize"), None);
        assert_eq!(faults.strike("new-order"), Some(What::Empty));
        assert_eq!(faults.strike("new-order"), None);
        assert!(listed(&faults).is_empty());
    }

    #[test]
    fn a_share_is_kept() {
        let faults = faults(&["order:empty:0", "authz:empty:1", "finalize:empty:0.5"]);
        let share = |endpoint| (0..2000).filter(|_| faults.strike(endpoint).is_some()).count();
        assert_eq!((share("order"), share("authz")), (0, 2000));
        // 2,000 tosses leave this range about once in 10^15 times.
        assert!((820..1180).contains(&share("finalize")));
    }

    #[test]
    fn nonces_are_a_matter_of_their_own() {
        let faults = faults(&["nonce:next:1"]);
        assert_eq!(faults.strike("new-order"), None);
        assert!(faults.reject_nonce("new-order"));
        assert!(!faults.reject_nonce("new-order"));
    }

    #[test]
    fn they_come_and_go_while_it_runs() {
        let faults = faults(&[]);
        assert_eq!(faults.strike("order"), None);
        faults.add("order:close:1".parse().expect("a fault"));
        assert_eq!(faults.strike("order"), Some(What::Close));
        assert_eq!((faults.clear(), faults.clear()), (1, 0));
        assert_eq!(faults.strike("order"), None);
    }
}
