//! Everything a run measured.

use std::sync::Arc;

use ahash::RandomState;
use indexmap::IndexMap;

use super::audit_block::AuditBlock;
use super::built_in::AUDIT;
use super::distribution::Distribution;
use super::errors::ErrorGroups;
use super::metrics::{CheckTable, MetricTable};
use super::sample::{MetricKind, Place, RunLabels};
use super::series::{RequestSeries, RequestTable, SeriesKey};

/// The chains of one place, or of several merged. Durations in microseconds.
#[derive(Debug, Clone, Default)]
pub struct ChainSeries {
    /// Chains that returned.
    pub succeeded: Distribution,
    /// Chains that threw.
    pub failed: Distribution,
    /// Chains that could not be started on time.
    pub dropped: u64,
    /// Cases that found that the CA does not offer what they need.
    pub not_offered: u64,
}

impl ChainSeries {
    /// Adds all chains of another one.
    pub fn merge(&mut self, other: &Self) {
        self.succeeded.merge(&other.succeeded);
        self.failed.merge(&other.failed);
        self.dropped += other.dropped;
        self.not_offered += other.not_offered;
    }

    /// How many ended, well or badly.
    pub fn count(&self) -> u64 {
        self.succeeded.count() + self.failed.count()
    }

    /// All chains, however they ended.
    pub fn duration(&self) -> Distribution {
        let mut all = self.succeeded.clone();
        all.merge(&self.failed);
        all
    }
}

/// How many attackers there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttackerGauge {
    /// At the last change.
    pub now: u32,
    /// At the lowest.
    pub min: u32,
    /// At the highest.
    pub max: u32,
}

/// What one recorder measured, or several merged: each thing once, by place and labels. Whatever
/// is shown is a merge of some of these series.
#[derive(Debug, Default)]
pub struct Totals {
    pub(super) labels: Arc<RunLabels>,
    pub(super) requests: RequestTable,
    pub(super) chains: IndexMap<Place, ChainSeries, RandomState>,
    pub(super) checks: CheckTable,
    /// The scripts' own.
    pub(super) metrics: MetricTable,
    /// Those that coyote itself records the same way.
    pub(super) own: MetricTable,
    pub(super) errors: ErrorGroups,
    pub(super) attackers: Option<AttackerGauge>,
}

impl Totals {
    /// Nothing yet.
    pub fn new(labels: Arc<RunLabels>) -> Self {
        Self { labels, ..Self::default() }
    }

    /// Adds what another shard of the same run measured.
    ///
    /// Attackers are added up per figure: shards grow and shrink together, but the sum of their
    /// highest numbers is only an upper bound of the highest sum.
    pub fn merge(&mut self, other: &Self) {
        self.requests.merge(&other.requests);
        for (place, theirs) in &other.chains {
            self.chains.entry(*place).or_default().merge(theirs);
        }
        self.checks.merge(&other.checks);
        self.metrics.merge(&other.metrics);
        self.own.merge(&other.own);
        self.errors.merge(&other.errors);
        self.attackers = match (self.attackers, other.attackers) {
            (Some(ours), Some(theirs)) => Some(AttackerGauge {
                now: ours.now + theirs.now,
                min: ours.min + theirs.min,
                max: ours.max + theirs.max,
            }),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Adds a value to one of coyote's own metrics, which is [`recorded`](super::built_in::recorded)
    /// in the registry. One that is infinite or no number counts for nothing.
    pub fn own(&mut self, place: Place, name: &str, kind: MetricKind, value: f64) {
        let recorded = self.own.record_own(place, name, kind, value);
        debug_assert!(recorded.is_ok(), "{name}: {recorded:?}");
    }

    /// Adds what an audit found as metrics of the run. One that could not be made leaves them without
    /// values.
    pub fn audited(&mut self, audit: &AuditBlock) {
        let AuditBlock::Made(block) = audit else { return };
        let place = Place { chain: 0, scenario: 0, stage: 0 };
        let counts = [block.lost.count, block.doubled.count, block.contradicting.count];
        for (name, count) in AUDIT.into_iter().zip(counts) {
            self.own(place, name, MetricKind::Counter, count as f64);
        }
    }

    /// The same with names that were not known before.
    #[must_use]
    pub fn named(self, labels: Arc<RunLabels>) -> Self {
        Self { labels, ..self }
    }

    /// The names that places stand for.
    pub fn labels(&self) -> &RunLabels {
        &self.labels
    }

    /// The requests that `select` picks, merged.
    pub fn requests(&self, mut select: impl FnMut(&SeriesKey) -> bool) -> RequestSeries {
        let mut all = RequestSeries::default();
        self.requests
            .iter()
            .filter(|(key, _)| select(key))
            .for_each(|(_, series)| all.merge(series));
        all
    }

    /// The chains of the places that `select` picks, merged.
    pub fn chains(&self, mut select: impl FnMut(Place) -> bool) -> ChainSeries {
        let mut all = ChainSeries::default();
        self.chains
            .iter()
            .filter(|(place, _)| select(**place))
            .for_each(|(_, series)| all.merge(series));
        all
    }
}
