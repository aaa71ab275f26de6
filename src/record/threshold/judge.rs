//! The verdict on thresholds.

use std::time::Duration;

use super::check::request_tags;
use super::expression::{Tag, Threshold};
use super::read::is_stage;
use super::watch::Breach;
use crate::nearest::nearest;
use crate::record::built_in::Source;
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
        let Some(stage) = self.tags.iter().find(|tag| tag.key == "stage") else {
            return span.whole;
        };
        let names = &span.labels.stages;
        let stages = span.stages.iter();
        let its = stages.filter(|window| is_stage(&stage.value, usize::from(window.stage), names));
        its.map(|window| window.ended.saturating_sub(window.started)).sum()
    }

    /// Why there may be no samples, or none that fit.
    fn hint(&self, reading: &Reading, totals: &Totals) -> Option<String> {
        let text = &self.text;
        if let Some(kind) = reading.kind() {
            let (metric, is, has) = (&self.metric, kind.as_str(), Aggregation::of(kind));
            let misfit = !self.aggregation.fits(kind);
            return misfit
                .then(|| format!("threshold {text}: `{metric}` is a {is}, which has {has}"));
        }
        let misspelt = match self.built_in().map(|metric| metric.source) {
            Some(Source::Requests(_)) => {
                self.tags.iter().find_map(|tag| misspelt_on_requests(tag, totals))
            }
            Some(Source::Checks) => self.tags.iter().find_map(|tag| misspelt_check(tag, totals)),
            Some(_) => None,
            None => {
                let names = totals.metrics.iter().map(|(name, _)| name);
                let near = nearest(&self.metric, names).filter(|near| *near != self.metric);
                near.map(|near| ("metric", self.metric.as_str(), near.to_owned()))
            }
        };
        misspelt.map(|(what, given, near)| {
            format!("threshold {text}: there was no {what} `{given}`; did you mean `{near}`?")
        })
    }
}

/// What was not found, as it was given, and what is near.
type Misspelt<'a> = (&'a str, &'a str, String);

fn misspelt_on_requests<'a>(tag: &'a Tag, totals: &Totals) -> Option<Misspelt<'a>> {
    let series = || totals.requests.iter().map(|(key, _)| &*key.labels);
    let value = tag.value.as_str();
    let near = |what, given, seen: Vec<&str>| {
        let found = nearest(given, seen.iter().copied()).filter(|_| !seen.contains(&given));
        found.map(|near| (what, given, near.to_owned()))
    };
    match tag.key.as_str() {
        "endpoint" => near("endpoint", value, series().map(|of| &*of.endpoint).collect()),
        "method" => near("method", value, series().map(|of| &*of.method).collect()),
        known if request_tags().any(|tag| tag == known) => None,
        own => {
            let tags = || series().flat_map(|of| &of.tags);
            let keys = tags().map(|(key, _)| key.as_str()).chain(request_tags()).collect();
            let values = tags().filter(|(key, _)| key == own).map(|(_, value)| value.as_str());
            near("tag", own, keys).or_else(|| near(own, value, values.collect()))
        }
    }
}

fn misspelt_check<'a>(tag: &'a Tag, totals: &Totals) -> Option<Misspelt<'a>> {
    let names = || totals.checks.iter().map(|(name, _)| name);
    let missing = tag.key == "check" && !names().any(|name| name == tag.value);
    let near = nearest(&tag.value, names()).filter(|_| missing);
    near.map(|near| ("check", tag.value.as_str(), near.to_owned()))
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

    #[test]
    fn typing_errors_that_only_the_run_shows() {
        for (text, hint) in [
            (
                "http_reqs{endpoint:new-ordr}: count<1",
                "no endpoint `new-ordr`; did you mean `new-order`?",
            ),
            ("http_reqs{endpont:new-order}: count<1", "no tag `endpont`; did you mean `endpoint`?"),
            ("http_reqs{case:plane}: count<1", "no case `plane`; did you mean `plain`?"),
            ("http_reqs{method:POTS}: count<1", "no method `POTS`; did you mean `POST`?"),
            ("checks{check:the order is pendin}: rate<1", "did you mean `the order is pending`?"),
            ("bad_nonce: count<1", "no metric `bad_nonce`; did you mean `bad_nonces`?"),
            ("bad_nonces: avg<1", "`bad_nonces` is a counter, which has count and rate"),
        ] {
            let (_, hints) = judged(text);
            assert_eq!(hints.len(), 1, "{text}");
            assert!(hints[0].starts_with(&format!("threshold {text}: ")), "{hints:?}");
            assert!(hints[0].ends_with(hint), "{hints:?}");
        }
    }
}
