//! What the scheduler wants of the attackers.

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

/// What all attackers of a run go by, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders {
    /// Attackers with an id below this are wanted.
    pub attackers: u32,
    /// When the run began; none while shards are still getting ready.
    pub began: Option<Instant>,
    /// The stage that chains started now belong to.
    pub stage: u16,
    /// How far the run has come.
    pub phase: Phase,
}

impl Orders {
    /// To wait.
    pub const NONE: Self = Self { attackers: 0, began: None, stage: 0, phase: Phase::Run };

    /// Whether attacker `id` is to start another chain.
    pub fn wants(&self, id: u32) -> bool {
        self.phase == Phase::Run && id < self.attackers
    }
}

/// The chains that may still be started (`--iterations`), shared by all shards.
#[derive(Debug)]
pub struct Tickets {
    left: Option<AtomicU64>,
    withdrawn: AtomicBool,
    exhausted: Notify,
}

impl Tickets {
    /// `total` chains, or any number.
    pub fn new(total: Option<u64>) -> Self {
        Self {
            left: total.map(AtomicU64::new),
            withdrawn: AtomicBool::new(false),
            exhausted: Notify::new(),
        }
    }

    /// Whether nobody gets a ticket any more, which is then heard of.
    pub fn are_gone(&self) -> bool {
        let none_left = self.left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) == 0);
        let gone = none_left || self.withdrawn.load(Ordering::Relaxed);
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

    /// There is nothing left to start chains of: from now on nobody gets a ticket.
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
    fn only_low_ids_are_wanted_and_only_while_running() {
        let orders = Orders { attackers: 2, ..Orders::NONE };
        assert!(orders.wants(1) && !orders.wants(2));
        assert!(!Orders { phase: Phase::Drain, ..orders }.wants(0));
    }
}
