//! Thresholds that end a run, looked at while it goes on.
//!
//! Each second every shard reads what these thresholds are about from its own figures and sends that:
//! one merged [`Reading`] by threshold, whatever the number of samples. Between shards they are merged
//! by whoever conducts the run. Requests cost nothing more, and runs without such thresholds nothing.

use std::time::Duration;

use super::expression::Threshold;
use super::judge::Span;
use crate::record::reading::Reading;
use crate::record::totals::Totals;

/// A threshold that ended the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    /// Its index among the run's.
    pub threshold: usize,
    /// What was measured.
    pub observed: f64,
    /// When, since the start of the run.
    pub at: Duration,
}

/// What all shards have of the thresholds that may end a run.
#[derive(Debug)]
pub struct Watch {
    /// By shard, then by threshold.
    latest: Vec<Vec<Reading>>,
}

impl Watch {
    /// Nothing heard yet of `shards` shards.
    pub fn new(shards: usize) -> Self {
        Self { latest: vec![Vec::new(); shards] }
    }

    /// What one shard has to tell about those of `thresholds` that may end a run.
    pub fn read(thresholds: &[Threshold], totals: &Totals) -> Vec<Reading> {
        let aborting = thresholds.iter().filter(|threshold| threshold.abort.is_some());
        aborting.map(|threshold| threshold.read(totals)).collect()
    }

    /// Takes what [`Watch::read`] found on one shard.
    pub fn hear(&mut self, shard: usize, readings: Vec<Reading>) {
        self.latest[shard] = readings;
    }

    /// The first of `thresholds` that is breached after its grace, if one is. Without samples none is:
    /// they may still come.
    pub fn breach(&self, thresholds: &[Threshold], span: &Span<'_>) -> Option<Breach> {
        let all = thresholds.iter().enumerate();
        let aborting =
            all.filter_map(|(index, threshold)| Some((index, threshold, threshold.abort?)));
        aborting.enumerate().find_map(|(at, (index, threshold, grace))| {
            if span.whole < grace {
                return None;
            }
            let mut all = Reading::Nothing;
            self.latest.iter().filter_map(|shard| shard.get(at)).for_each(|one| all.merge(one));
            let observed = threshold.observed(&all, span)?;
            let breached = !threshold.holds(observed);
            breached.then_some(Breach { threshold: index, observed, at: span.whole })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::totals;
    use crate::record::sample::RunLabels;

    fn breach(thresholds: &[&str], shards: usize, seconds: u64) -> Option<(usize, f64)> {
        let parsed = thresholds.iter().map(|text| text.parse().expect("a threshold"));
        let thresholds: Vec<Threshold> = parsed.collect();
        let mut watch = Watch::new(2);
        for shard in 0..shards {
            watch.hear(shard, Watch::read(&thresholds, &totals()));
        }
        let whole = Duration::from_secs(seconds);
        let span = Span { whole, stages: &[], labels: &RunLabels::default() };
        watch.breach(&thresholds, &span).map(|breach| (breach.threshold, breach.observed))
    }

    #[test]
    fn shards_are_merged() {
        let texts = ["http_reqs: count<1", "http_reqs: count<200 abort"];
        assert_eq!(breach(&texts, 1, 1), None);
        assert_eq!(breach(&texts, 2, 1), Some((1, 248.0)));
    }

    #[test]
    fn a_grace_forgives() {
        let texts = ["http_req_failed: rate<0.01 abort 10s"];
        assert_eq!(breach(&texts, 2, 9), None);
        assert_eq!(breach(&texts, 2, 10), Some((0, 14.0 / 124.0)));
    }

    #[test]
    fn samples_may_still_come() {
        let texts = ["chain_duration{chain:never}: avg<1 abort"];
        assert_eq!(breach(&texts, 2, 1), None);
        assert_eq!(breach(&["chains: count>1 abort"], 0, 1), Some((0, 0.0)));
    }
}
