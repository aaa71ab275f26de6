//! What the scheduler wants of the attackers.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Chains are started.
    Run,
    /// No new chains; running ones may end.
    Drain,
    /// Running chains are ended now.
    Stop,
}

/// What all attackers of a scenario go by, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders {
    /// The id of the scenario's first attacker.
    pub first: u32,
    /// How many attackers are wanted, from that one on.
    pub attackers: u32,
    /// When the scenario begins; none while shards are still getting ready.
    pub began: Option<Instant>,
    /// The stage that chains started now belong to.
    pub stage: u16,
    /// How far the run has come.
    pub phase: Phase,
}

impl Orders {
    /// To wait.
    pub const NONE: Self =
        Self { first: 0, attackers: 0, began: None, stage: 0, phase: Phase::Run };

    /// Whether attacker `id` is to start another chain.
    pub fn wants(&self, id: u32) -> bool {
        self.phase == Phase::Run && self.ids().contains(&id)
    }

    /// The ids of the attackers that are wanted while the run goes on.
    pub fn ids(&self) -> Range<u32> {
        self.first..self.first + self.attackers
    }
}

/// The chains that may still be started (`--iterations`), shared by all shards of a scenario. Those of
/// several scenarios come from one stock.
#[derive(Debug)]
pub struct Tickets {
    left: Option<Arc<AtomicU64>>,
    withdrawn: AtomicBool,
    exhausted: Arc<Notify>,
}

impl Tickets {
    /// `total` chains, or any number.
    pub fn new(total: Option<u64>) -> Self {
        Self {
            left: total.map(AtomicU64::new).map(Arc::new),
            withdrawn: AtomicBool::new(false),
            exhausted: Arc::new(Notify::new()),
        }
    }

    /// Another scenario's, from the same stock, whose end is heard of by whoever waits for either's.
    #[must_use]
    pub fn for_another(&self) -> Self {
        Self {
            left: self.left.clone(),
            withdrawn: AtomicBool::new(false),
            exhausted: Arc::clone(&self.exhausted),
        }
    }

    /// Whether nobody gets a ticket any more.
    pub fn none_left(&self) -> bool {
        let none_left = self.left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) == 0);
        none_left || self.withdrawn.load(Ordering::Relaxed)
    }

    /// As [`Tickets::none_left`], which is then heard of.
    pub fn are_gone(&self) -> bool {
        let gone = self.none_left();
        if gone {
            self.exhausted.notify_one();
        }
        gone
    }

    /// Takes the right to start one chain.
    pub fn take(&self) -> bool {
        if self.withdrawn.load(Ordering::Relaxed) {
            self.exhausted.notify_one();
            return false;
        }
        let Some(left) = &self.left else { return true };
        let taken =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if taken.is_err() {
            self.exhausted.notify_one();
        }
        taken.is_ok()
    }

    /// There is nothing left to start chains of: from now on nobody in this scenario gets a ticket.
    pub fn withdraw(&self) {
        self.withdrawn.store(true, Ordering::Relaxed);
        self.exhausted.notify_one();
    }

    /// Waits until somebody asked for a ticket in vain.
    pub async fn exhausted(&self) {
        self.exhausted.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_tickets_as_iterations() {
        let tickets = Tickets::new(Some(3));
        let taken = (0..10).filter(|_| tickets.take()).count();
        assert_eq!(taken, 3);
        assert!(Tickets::new(None).take());
    }

    #[test]
    fn withdrawn_tickets_are_gone() {
        for tickets in [Tickets::new(Some(3)), Tickets::new(None)] {
            assert!(tickets.take());
            tickets.withdraw();
            assert!(!tickets.take());
        }
    }

    #[test]
    fn scenarios_share_a_stock_but_each_can_end_alone() {
        let one = Tickets::new(Some(3));
        let other = one.for_another();
        assert!(one.take() && other.take());
        one.withdraw();
        assert!(!one.take() && one.none_left() && !other.none_left());
        assert!(other.take() && !other.take() && other.none_left());
    }

    #[test]
    fn only_some_ids_are_wanted_and_only_while_running() {
        let orders = Orders { first: 5, attackers: 2, ..Orders::NONE };
        assert_eq!([4, 5, 6, 7].map(|id| orders.wants(id)), [false, true, true, false]);
        assert!(!Orders { phase: Phase::Drain, ..orders }.wants(5));
    }
}
