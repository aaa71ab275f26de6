//! Which ids may be given to things: those that the database knows to be taken, so that a CA that goes on
//! after a crash gives them to nothing else.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many are reserved at a time; more are asked for when fewer are left. A database that falls behind
/// as far as it may has not used them up: a change brings one new id at most.
pub(super) const BLOCK: u64 = 50_000;

/// Ends of ranges: first ids that are not in them.
pub(super) struct Reserved {
    /// Of those that are reserved in the database.
    kept: AtomicU64,
    /// Of those that the database was or will be asked for.
    asked: AtomicU64,
}

impl Reserved {
    /// `end` is the first id that is not reserved in the database.
    pub(super) fn new(end: u64) -> Self {
        Self { kept: end.into(), asked: end.into() }
    }

    /// Whether few are left after `id`.
    pub(super) fn is_short(&self, id: u64) -> bool {
        id + BLOCK >= self.asked.load(Ordering::Relaxed)
    }

    /// The end of what to ask for, now that `id` is given out.
    pub(super) fn ask(&self, id: u64) -> u64 {
        let end = id + 2 * BLOCK;
        self.asked.store(end, Ordering::Relaxed);
        end
    }

    /// The database has reserved what ends at `end`.
    pub(super) fn keep(&self, end: u64) {
        self.kept.store(end, Ordering::Relaxed);
    }

    /// Whether clients may be told every id below `next_id`.
    pub(super) fn covers(&self, next_id: u64) -> bool {
        self.kept.load(Ordering::Relaxed) >= next_id
    }
}
