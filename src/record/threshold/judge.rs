//! The verdict on thresholds.

use std::time::Duration;

use super::expression::Threshold;
use super::read::is_stage;
use super::watch::Breach;
use crate::record::reading::{Aggregation, Reading};
use crate::record::sample::{MetricKind, RunLabels};
use crate::record::summarise::StageWindow;
use crate::record::summary::ThresholdBlock;
use crate::record::totals::Totals;

/// The time in which values were taken: what a counter's rate is by.
#[derive(Debug)]
pub struct Span<'a> {
    /// The whole run.
    pub whole: Duration,
    /// The stages that were reached.
    pub stages: &'a [StageWindow],
    /// What they are called.
    pub labels: &'a RunLabels,
}

/// Judges every threshold, as the summary tells it, and says what the reader should know about those
/// that found nothing. The one that ended the run is breached, whatever has become of its figure since.
pub fn judge(
    thresholds: &[Threshold],
    totals: &Totals,
    span: &Span<'_>,
    ended_by: Option<Breach>,
) -> (Vec<ThresholdBlock>, Vec<String>) {
    let mut hints = Vec::new();
    let judged = thresholds.iter().enumerate().map(|(index, threshold)| {
        if let Some(breach) = ended_by.filter(|breach| breach.threshold == index) {
            let (observed, at) = (Some(breach.observed), Some(breach.at.as_secs_f64()));
            return ThresholdBlock {
                expr: threshold.text.clone(),
                ok: false,
                observed,
                ended_run_at_s: at,
            };
        }
        let reading = threshold.read(totals);
        hints.extend(threshold.hint(&reading, totals));
        let observed = threshold.observed(&reading, span);
        let ok = observed.is_some_and(|figure| threshold.holds(figure));
        ThresholdBlock { expr: threshold.text.clone(), ok, observed, ended_run_at_s: None }
    });
    (judged.collect(), hints)
}

impl Threshold {
    /// The figure that is judged; none where there are no samples to make it of. A counter without
    /// any is 0, but for those that not every run takes: without an audit nobody knows what is lost.
    pub(super) fn observed(&self, reading: &Reading, span: &Span<'_>) -> Option<f64> {
        let is_counter = match self.built_in() {
            Some(metric) => metric.kind == MetricKind::Counter && !metric.is_recorded(),
            // Only a counter has a count. A rate that never was may be a share: then it fails.
            None => self.aggregation == Aggregation::Count,
        };
        match reading.figure(self.aggregation, self.window(span)) {
            None if is_counter && reading.kind().is_none() => Some(0.0),
            figure => figure,
        }
    }

    /// The part of the run in which its values can have come.
    fn window(&self, span: &Span<'_>) -> Duration {
        let tag = |key: &str| self.tags.iter().find(|tag| tag.key == key);
        let (stage, scenario) = (tag("stage"), tag("scenario"));
        if stage.is_none() && scenario.is_none() {
            return span.whole;
        }
        let RunLabels { stages, scenarios, .. } = span.labels;
        let is_its = |window: &&StageWindow| {
            let (at, of) = (usize::from(window.stage), usize::from(window.scenario));
            stage.is_none_or(|stage| is_stage(&stage.value, at, stages))
                && scenario.is_none_or(|scenario| scenarios.get(of) == Some(&scenario.value))
        };
        let its = span.stages.iter().filter(is_its);
        its.map(|window| window.ended.saturating_sub(window.started)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::{stage_windows, totals};

    fn judged(text: &str) -> (ThresholdBlock, Vec<String>) {
        let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let (totals, stages) = (totals(), stage_windows());
        let labels = totals.labels();
        let span = Span { whole: Duration::from_secs(10), stages: &stages, labels };
        let (mut blocks, hints) = judge(&[threshold], &totals, &span, None);
        (blocks.remove(0), hints)
    }

    #[test]
    fn figures_are_compared() {
        let (block, hints) = judged("http_req_duration{endpoint:new-order}: p(95)<95");
        assert_eq!((block.ok, block.observed), (false, Some(95.0)));
        assert_eq!(block.expr, "http_req_duration{endpoint:new-order}: p(95)<95");
        assert_eq!(hints, [""; 0]);
        assert!(judged("http_req_duration{endpoint:new-order}: p(95)<=95").0.ok);
    }

    #[test]
    fn a_rate_by_second_is_that_of_its_stage() {
        // 100 in 10 s; of these 40 in the 4 s of the first stage, and 60 in the 6 s of the second.
        assert_eq!(judged("http_reqs{case:plain}: rate>1").0.observed, Some(10.0));
        assert_eq!(judged("http_reqs{stage:1,status:201}: rate>1").0.observed, Some(9.0));
        assert_eq!(judged("chains{stage:2}: rate>1").0.observed, Some(50.0 / 6.0));
        assert_eq!(judged("chains{scenario:default}: rate>1").0.observed, Some(5.0));
    }

    #[test]
    fn without_samples_a_counter_is_zero_and_all_else_fails() {
        for (text, ok, observed) in [
            ("http_reqs{method:HEAD}: count<1", true, Some(0.0)),
            ("http_reqs{method:HEAD}: rate>0", false, Some(0.0)),
            ("http_req_duration{method:HEAD}: p(95)<800", false, None),
            ("http_req_failed{method:HEAD}: rate<1", false, None),
            ("chain_duration{chain:never}: avg<1", false, None),
            ("never_made: count<1", true, Some(0.0)),
            ("audit_lost: count<1", false, None),
            ("never_made: rate<1", false, None),
            ("never_made: value<1", false, None),
        ] {
            let (block, hints) = judged(text);
            assert_eq!((block.ok, block.observed), (ok, observed), "{text}");
            assert_eq!(hints, [""; 0], "{text}");
        }
    }
}
