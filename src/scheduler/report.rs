//! What shards tell the conductor, and what the conductor tells whoever watches.

use std::time::Duration;

use crate::record::interval::Interval;
use crate::record::reading::Reading;
use crate::scheduler::shard::ShardPlace;

/// What a shard reports each second.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) place: ShardPlace,
    pub(super) attackers: u32,
    /// Attackers that were started because a chain was due.
    pub(super) hired: u32,
    pub(super) in_flight: u32,
    /// How long no script has been ready, on the shard that asks them.
    pub(super) none_ready_for: Option<Duration>,
    pub(super) interval: Interval,
    /// Of the thresholds that may end the run.
    pub(super) watched: Vec<Reading>,
    /// What people should know.
    pub(super) notes: Vec<String>,
}

/// What a scenario does at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScenarioTick {
    /// Which of its stages was begun last; none before the first.
    pub stage: Option<usize>,
    /// Its attackers alive.
    pub attackers: u32,
    /// Whether all its chains have ended.
    pub is_over: bool,
}

/// One second of a run, all shards together.
#[derive(Debug)]
pub struct Tick {
    /// Since the run started.
    pub elapsed: Duration,
    /// By scenario.
    pub scenarios: Vec<ScenarioTick>,
    /// Attackers alive.
    pub attackers: u32,
    /// Requests sent and not answered yet.
    pub in_flight: u32,
    /// How long no script has been ready.
    pub none_ready_for: Option<Duration>,
    /// What happened since the last tick.
    pub interval: Interval,
}
