//! What a threshold is about, as far as a summary still has it: not every tag with every other, and not
//! every percentile.

use super::error::ThresholdError;
use super::expression::{Tag, Threshold};
use crate::nearest::nearest;
use crate::record::built_in::{BUILT_IN, Source};
use crate::record::reading::Aggregation;
use crate::record::summary::{LatencyBlock, MetricBlock, StageBlock, Summary};

/// A figure that summaries do not have.
#[derive(Debug)]
pub(super) struct NotKept {
    /// What asks for it: where in the text.
    pub(super) at: usize,
    pub(super) reason: String,
}

type Figure = Result<Option<f64>, NotKept>;

/// The percentiles of a summary.
const PERCENTILES: &str = "a summary keeps min, med, p(90), p(95), p(99), p(99.9), max and avg";

impl Threshold {
    /// The figure in `summary`; none without samples.
    pub(super) fn in_summary(&self, summary: &Summary) -> Figure {
        if self.tags.is_empty() {
            let metric = summary.metrics.get(&self.metric);
            return metric.map_or(Ok(None), |metric| self.of_metric(metric));
        }
        let of_requests = match self.built_in().map(|metric| metric.source) {
            Some(Source::Requests(_)) => true,
            Some(Source::Chains(_)) => false,
            Some(Source::Checks) => return self.of_check(summary),
            _ => return Err(Self::not_by(&self.tags[0])),
        };
        let block = self.block(summary, of_requests)?;
        block.map_or(Ok(None), |block| self.of_block(block))
    }

    /// Finds metrics, chains and endpoints that neither run has.
    pub(super) fn check_known(&self, runs: [&Summary; 2]) -> Result<(), ThresholdError> {
        if !runs.iter().any(|run| run.metrics.contains_key(&self.metric))
            && self.built_in().is_none()
        {
            let known = runs.iter().flat_map(|run| run.metrics.keys().map(String::as_str));
            let known = known.chain(BUILT_IN.iter().map(|metric| metric.name));
            let hint = nearest(&self.metric, known).map(|near| format!("; did you mean `{near}`?"));
            let reason = format!("neither run has `{}`{}", self.metric, hint.unwrap_or_default());
            return Err(self.error(0, reason));
        }
        for tag in &self.tags {
            let names = |run: &Summary| -> Option<Vec<String>> {
                match tag.key.as_str() {
                    "chain" => Some(run.chains.keys().cloned().collect()),
                    "endpoint" => Some(run.endpoints.keys().cloned().collect()),
                    "check" => Some(run.checks.keys().cloned().collect()),
                    _ => None,
                }
            };
            let known: Vec<String> = runs.iter().filter_map(|run| names(run)).flatten().collect();
            let listed = matches!(tag.key.as_str(), "chain" | "endpoint" | "check");
            if listed && !known.contains(&tag.value) {
                let near = nearest(&tag.value, known.iter().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                let reason = format!("neither run has the {} `{}`{hint}", tag.key, tag.value);
                return Err(self.error(tag.value_at, reason));
            }
        }
        Ok(())
    }

    fn block<'a>(
        &self,
        summary: &'a Summary,
        of_requests: bool,
    ) -> Result<Option<&'a LatencyBlock>, NotKept> {
        let (stage, others): (Vec<&Tag>, Vec<&Tag>) =
            self.tags.iter().partition(|tag| tag.key == "stage");
        let stage = match stage.first() {
            None => None,
            Some(tag) => match find_stage(summary, &tag.value) {
                None => return Ok(None),
                stage => stage,
            },
        };
        let (chains, endpoints) = match stage {
            None => (&summary.chains, &summary.endpoints),
            Some(stage) => (&stage.chains, &stage.endpoints),
        };
        match (others.as_slice(), stage, of_requests) {
            ([], Some(stage), true) => Ok(Some(&stage.totals.requests)),
            ([], Some(stage), false) => Ok(Some(&stage.totals.chains)),
            ([tag], _, true) if tag.key == "endpoint" => Ok(endpoints.get(&tag.value)),
            ([tag], _, false) if tag.key == "chain" => Ok(chains.get(&tag.value)),
            ([tag], None, _) if tag.key == "scenario" => {
                let scenario = summary.scenarios.get(&tag.value);
                Ok(scenario.map(|it| if of_requests { &it.requests } else { &it.chains }))
            }
            ([tag], None, true) if summary.tags.contains_key(&tag.key) => {
                Ok(summary.tags[&tag.key].get(&tag.value))
            }
            ([tag], ..) => Err(Self::not_by(tag)),
            ([_, second, ..], ..) => Err(Self::not_by(second)),
            ([], None, _) => Ok(None),
        }
    }

    fn of_check(&self, summary: &Summary) -> Figure {
        match self.tags.as_slice() {
            [tag] if tag.key == "check" => Ok(summary.checks.get(&tag.value).and_then(|check| {
                let all = check.passes + check.fails;
                (all > 0).then(|| check.passes as f64 / all as f64)
            })),
            [tag, ..] => Err(Self::not_by(tag)),
            [] => Ok(None),
        }
    }

    fn of_block(&self, block: &LatencyBlock) -> Figure {
        let share = || (block.count > 0).then(|| block.failed as f64 / block.count as f64);
        match (self.metric.as_str(), self.aggregation) {
            ("http_reqs" | "chains", Aggregation::Count) => Ok(Some(block.count as f64)),
            ("http_reqs" | "chains", _) => Ok(Some(block.rate_per_s)),
            ("http_req_failed" | "chain_failed", _) => Ok(share()),
            ("http_req_duration" | "chain_duration", _) => self.of_times(&Times::of_block(block)),
            _ => self.of_part(block),
        }
    }

    /// `http_req_waiting` and its like.
    fn of_part(&self, block: &LatencyBlock) -> Figure {
        let Some(parts) = &block.parts else { return Err(self.no_figure()) };
        let part = match self.metric.as_str() {
            "http_req_blocked" => parts.blocked,
            "http_req_connecting" => parts.connecting,
            "http_req_tls_handshaking" => parts.tls_handshaking,
            "http_req_sending" => parts.sending,
            "http_req_waiting" => parts.waiting,
            "http_req_receiving" => parts.receiving,
            _ => return Err(self.no_figure()),
        };
        match self.aggregation {
            Aggregation::Avg => Ok(Some(part.avg)),
            Aggregation::Percentile(95.0) => Ok(Some(part.p95)),
            _ => Err(NotKept {
                at: self.aggregation_at,
                reason: "of the parts of requests, a summary keeps avg and p(95)".to_owned(),
            }),
        }
    }

    fn of_metric(&self, metric: &MetricBlock) -> Figure {
        match (metric, self.aggregation) {
            (MetricBlock::Counter { count, .. }, Aggregation::Count) => Ok(Some(*count)),
            (MetricBlock::Counter { rate_per_s, .. }, Aggregation::Rate) => Ok(Some(*rate_per_s)),
            (MetricBlock::Gauge { value, .. }, Aggregation::Value) => Ok(Some(*value)),
            (MetricBlock::Rate { rate, .. }, Aggregation::Rate) => Ok(*rate),
            (&MetricBlock::Trend { avg, min, med, p90, p95, p99, p999, max, .. }, _) => {
                self.of_times(&Times { avg, min, med, p90, p95, p99, p999, max })
            }
            _ => Err(self.no_figure()),
        }
    }

    fn of_times(&self, times: &Times) -> Figure {
        let is = |percent: f64| self.aggregation == Aggregation::Percentile(percent);
        match self.aggregation {
            Aggregation::Avg => Ok(times.avg),
            Aggregation::Min => Ok(times.min),
            Aggregation::Med => Ok(times.med),
            Aggregation::Max => Ok(times.max),
            _ if is(0.0) => Ok(times.min),
            _ if is(50.0) => Ok(times.med),
            _ if is(90.0) => Ok(times.p90),
            _ if is(95.0) => Ok(times.p95),
            _ if is(99.0) => Ok(times.p99),
            _ if is(99.9) => Ok(times.p999),
            _ if is(100.0) => Ok(times.max),
            _ => Err(NotKept { at: self.aggregation_at, reason: PERCENTILES.to_owned() }),
        }
    }

    fn not_by(tag: &Tag) -> NotKept {
        let reason = format!(
            "summaries keep no figures by `{}` here; they have requests by endpoint or one tag of the \
             script's, chains by chain, either by scenario or by stage too, and checks by check",
            tag.key
        );
        NotKept { at: tag.value_at, reason }
    }

    fn no_figure(&self) -> NotKept {
        let reason = format!("a summary has no such figure of `{}`", self.metric);
        NotKept { at: self.aggregation_at, reason }
    }
}

/// The figures of a distribution.
struct Times {
    avg: Option<f64>,
    min: Option<f64>,
    med: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    p999: Option<f64>,
    max: Option<f64>,
}

impl Times {
    fn of_block(block: &LatencyBlock) -> Self {
        let &LatencyBlock { avg, min, med, p90, p95, p99, p999, max, .. } = block;
        Self { avg, min, med, p90, p95, p99, p999, max }
    }
}

/// The stage of this name, or of this number, which counts from 1.
fn find_stage<'a>(summary: &'a Summary, value: &str) -> Option<&'a StageBlock> {
    let numbered =
        value.parse().ok().and_then(|number: usize| summary.stages.get(number.wrapping_sub(1)));
    summary.stages.iter().find(|stage| stage.name == value).or(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    fn figure(text: &str) -> Option<f64> {
        let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let figure = threshold.in_summary(&summary());
        figure.unwrap_or_else(|error| panic!("{}", error.reason))
    }

    #[test]
    fn figures_are_those_of_the_summary() {
        let whole = summary();
        let endpoint = &whole.endpoints["new-order"];
        let chain = &whole.chains["new-authorization"];
        let stage = &whole.stages[1];
        for (text, expected) in [
            ("http_reqs{endpoint:new-order}: count>0", Some(endpoint.count as f64)),
            ("http_req_duration{endpoint:new-order}: p(99.9)>0", endpoint.p999),
            ("http_req_duration{endpoint:new-order}: med>0", endpoint.med),
            (
                "http_req_waiting{endpoint:new-order}: p(95)>0",
                endpoint.parts.as_ref().map(|parts| parts.waiting.p95),
            ),
            ("chain_duration{chain:new-authorization}: max>0", chain.max),
            (
                "chains{chain:new-authorization,stage:2}: rate>0",
                stage.chains.get("new-authorization").map(|block| block.rate_per_s),
            ),
            ("http_reqs{stage:2}: count>0", Some(stage.totals.requests.count as f64)),
            ("chain_duration{stage:\"2: 100 attackers\"}: p(95)>0", stage.totals.chains.p95),
            ("checks{check:the order is pending}: rate>0", Some(0.8)),
            ("http_req_duration{case:plain}: p(95)>0", whole.tags["case"]["plain"].p95),
            ("http_reqs{stage:9}: count>0", None),
            ("http_reqs{scenario:default}: count>0", Some(124.0)),
            ("chain_failed{scenario:default}: rate>0", Some(0.2)),
            ("chains{scenario:other}: count>0", None),
        ] {
            assert_eq!(figure(text), expected, "{text}");
        }
        assert!(figure("http_req_duration: p(95)>0").is_some());
        assert!(figure("http_req_failed: rate>0").is_some());
    }
}
