//! Derives the summary from what was measured.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::macros::format_description;

use super::blocks::{
    chain_block, check_block, metric_block, rate, request_block, round, trend_block,
};
use super::built_in::{BUILT_IN, BuiltIn, Source};
use super::case_block::{CaseBlock, VerdictCounts};
use super::gather::Gather;
use super::process::ProcessUsage;
use super::reading::Reading;
use super::sample::Place;
use super::series::{MAX_LABELS, OTHER, RequestSeries};
use super::summary::{
    CountBlock, ErrorBlock, LatencyBlock, MetricBlock, SCHEMA, ScenarioBlock, StageBlock,
    StageTotalsBlock, Summary, TotalsBlock, TrafficBlock,
};
use super::totals::{ChainSeries, Totals};
use super::value::{Share, all_shares, all_values};

/// What the recorders do not know about a run.
#[derive(Debug, Clone)]
pub struct RunInfo {
    /// When it started.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// The command that was run, as the user would type it.
    pub command: String,
    /// What it was run against, such as the directory's URL.
    pub target: String,
    /// By whose word cases are judged.
    pub expect: String,
    /// The cases that `once` ran, in order.
    pub cases: Vec<CaseBlock>,
    /// The stages that were reached, in order.
    pub stages: Vec<StageWindow>,
    /// The most attackers at once, over all shards.
    pub attackers_max: u32,
    /// What coyote itself used.
    pub usage: ProcessUsage,
}

/// When a stage ran, counted from the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageWindow {
    /// The scenario it belongs to, by its index in
    /// [`RunLabels::scenarios`](super::sample::RunLabels::scenarios).
    pub scenario: u16,
    /// Its index in [`RunLabels::stages`](super::sample::RunLabels::stages).
    pub stage: u16,
    /// Its beginning.
    pub started: Duration,
    /// Its end.
    pub ended: Duration,
}

impl StageWindow {
    /// The stages of `scenario`, of which that of index `first` is the first: they began at `starts`,
    /// and the last lasts until `took`.
    pub fn of(scenario: u16, first: u16, starts: &[Duration], took: Duration) -> Vec<Self> {
        let ends = starts.iter().skip(1).chain([&took]);
        let window = |(stage, (started, ended)): (usize, (&Duration, &Duration))| Self {
            scenario,
            stage: first + stage as u16,
            started: *started,
            ended: *ended,
        };
        starts.iter().zip(ends).enumerate().map(window).collect()
    }
}

impl Summary {
    /// Derives the summary of a run.
    pub fn build(totals: &Totals, info: &RunInfo) -> Self {
        let requests = totals.requests(|_| true);
        let chains = totals.chains(|_| true);
        let checks = all_shares(totals.checks.iter().flat_map(|(_, places)| places.values()));
        Self {
            schema: SCHEMA.into(),
            started: rfc3339(info.started),
            duration_s: round(info.duration.as_secs_f64()),
            command: info.command.clone(),
            target: info.target.clone(),
            totals: totals_block(&requests, &chains, checks, info),
            expect: info.expect.clone(),
            verdicts: VerdictCounts::of(&info.cases),
            cases: info.cases.clone(),
            chains: all_chains(totals, info.duration),
            endpoints: endpoints(totals, None, info.duration),
            tags: tags(totals, info.duration),
            scenarios: scenarios(totals, info),
            stages: stages(totals, info),
            checks: totals
                .checks
                .iter()
                .map(|(name, places)| (name.into(), check_block(all_shares(places.values()))))
                .collect(),
            metrics: metrics(totals, &requests, &chains, checks, info),
            thresholds: Vec::new(),
            errors: errors(totals),
            warnings: warnings(totals),
            database: None,
            audit: None,
            environment: None,
        }
    }
}

fn totals_block(
    requests: &RequestSeries,
    chains: &ChainSeries,
    checks: Share,
    info: &RunInfo,
) -> TotalsBlock {
    let count = |count: u64, failed: u64| {
        let rate_per_s = rate(count as f64, info.duration);
        CountBlock { count, failed, rate_per_s }
    };
    TotalsBlock {
        chains: count(chains.count(), chains.failed.count()),
        requests: count(requests.duration.count(), requests.failed),
        checks: count(checks.count(), checks.fails),
        traffic: TrafficBlock { bytes_in: requests.bytes_in, bytes_out: requests.bytes_out },
        attackers_max: info.attackers_max,
        dropped_chains: chains.dropped,
        not_offered: chains.not_offered,
        cpu_s: round(info.usage.cpu.as_secs_f64()),
        rss_max_bytes: info.usage.rss_max_bytes,
    }
}

/// Every chain of the run, those without a sample too.
fn all_chains(totals: &Totals, window: Duration) -> BTreeMap<String, LatencyBlock> {
    let unused = chain_block(&ChainSeries::default(), window);
    let mut all: BTreeMap<_, _> =
        totals.labels.chains.iter().map(|name| (name.clone(), unused.clone())).collect();
    all.extend(chains(totals, None, window));
    all
}

/// Chains by name, of one stage or of all.
fn chains(totals: &Totals, stage: Option<u16>, window: Duration) -> BTreeMap<String, LatencyBlock> {
    let mut by_name = BTreeMap::<&str, ChainSeries>::new();
    for (place, series) in &totals.chains {
        if stage.is_none_or(|stage| place.stage == stage) {
            let name = name(&totals.labels.chains, place.chain);
            by_name.entry(name).or_default().merge(series);
        }
    }
    by_name.iter().map(|(name, series)| ((*name).into(), chain_block(series, window))).collect()
}

/// Requests by endpoint, of one stage or of all.
fn endpoints(
    totals: &Totals,
    stage: Option<u16>,
    window: Duration,
) -> BTreeMap<String, LatencyBlock> {
    let mut by_name = BTreeMap::<&str, RequestSeries>::new();
    for (key, series) in totals.requests.iter() {
        if stage.is_none_or(|stage| key.place.stage == stage) {
            by_name.entry(&key.labels.endpoint).or_default().merge(series);
        }
    }
    by_name.iter().map(|(name, series)| ((*name).into(), request_block(series, window))).collect()
}

fn tags(totals: &Totals, window: Duration) -> BTreeMap<String, BTreeMap<String, LatencyBlock>> {
    let mut by_tag = BTreeMap::<(&str, &str), RequestSeries>::new();
    for (key, series) in totals.requests.iter() {
        for (tag, value) in key.tags(&totals.labels) {
            by_tag.entry((tag, value)).or_default().merge(series);
        }
    }
    let mut tags = BTreeMap::<String, BTreeMap<_, _>>::new();
    for ((tag, value), series) in by_tag {
        tags.entry(tag.into()).or_default().insert(value.into(), request_block(&series, window));
    }
    tags
}

fn stages(totals: &Totals, info: &RunInfo) -> Vec<StageBlock> {
    let block = |window: &StageWindow| {
        let (stage, took) = (window.stage, window.ended.saturating_sub(window.started));
        StageBlock {
            name: name(&totals.labels.stages, stage).into(),
            started_s: round(window.started.as_secs_f64()),
            duration_s: round(took.as_secs_f64()),
            totals: StageTotalsBlock {
                chains: chain_block(&totals.chains(|place| place.stage == stage), took),
                requests: request_block(&totals.requests(|key| key.place.stage == stage), took),
            },
            chains: chains(totals, Some(stage), took),
            endpoints: endpoints(totals, Some(stage), took),
        }
    };
    info.stages.iter().map(block).collect()
}

/// Every scenario of the run, those that did not begin too.
fn scenarios(totals: &Totals, info: &RunInfo) -> BTreeMap<String, ScenarioBlock> {
    let block = |(at, name): (usize, &String)| {
        let windows = || info.stages.iter().filter(|window| usize::from(window.scenario) == at);
        let started = windows().map(|window| window.started).min();
        let ended = windows().map(|window| window.ended).max().unwrap_or_default();
        let took = ended.saturating_sub(started.unwrap_or_default());
        let is_own = |place: Place| usize::from(place.scenario) == at;
        let chains = totals.chains(is_own);
        let block = ScenarioBlock {
            started_s: started.map(|started| round(started.as_secs_f64())),
            duration_s: round(took.as_secs_f64()),
            dropped_chains: chains.dropped,
            chains: chain_block(&chains, took),
            requests: request_block(&totals.requests(|key| is_own(key.place)), took),
        };
        (name.clone(), block)
    };
    totals.labels.scenarios.iter().enumerate().map(block).collect()
}

/// Coyote's metrics, and the scripts' own.
fn metrics(
    totals: &Totals,
    requests: &RequestSeries,
    chains: &ChainSeries,
    checks: Share,
    info: &RunInfo,
) -> BTreeMap<String, MetricBlock> {
    let mut metrics = BTreeMap::new();
    for BuiltIn { name, source, .. } in BUILT_IN {
        let mut reading = Reading::Nothing;
        match source {
            Source::Requests(add) => add(requests, &mut reading),
            Source::Chains(add) => add(chains, &mut reading),
            Source::Checks => reading.add_share(checks.passes, checks.count()),
            // The range of the first, and whatever was recorded, are below.
            Source::Attackers | Source::Recorded => {}
        }
        let block = match &reading {
            Reading::Durations(micros) => trend_block(micros),
            Reading::Value(value) => metric_block(value, info.duration),
            Reading::Nothing | Reading::Attackers(_) => continue,
        };
        metrics.insert((*name).to_owned(), block);
    }
    if let Some(gauge) = totals.attackers {
        let (value, min, max) = (gauge.now.into(), gauge.min.into(), info.attackers_max.into());
        metrics.insert("attackers".into(), MetricBlock::Gauge { value, min, max });
    }
    for (name, places) in totals.own.iter().chain(totals.metrics.iter()) {
        if let Some(value) = all_values(places.values()) {
            metrics.insert(name.into(), metric_block(&value, info.duration));
        }
    }
    metrics
}

fn errors(totals: &Totals) -> Vec<ErrorBlock> {
    let mut errors: Vec<_> = totals
        .errors
        .iter()
        .map(|(source, message, group)| ErrorBlock {
            source,
            message: message.into(),
            count: group.count,
            example: group.example.as_ref().into(),
        })
        .collect();
    errors.sort_by(|a, b| {
        let order = |error: &ErrorBlock| (Reverse(error.count), error.source);
        order(a).cmp(&order(b)).then_with(|| a.message.cmp(&b.message))
    });
    errors
}

fn warnings(totals: &Totals) -> Vec<String> {
    let mut warnings: Vec<_> = totals.metrics.conflicts().iter().map(ToString::to_string).collect();
    let folded = totals.requests.folded();
    if folded > 0 {
        warnings.push(format!(
            "{folded} requests count under the endpoint `other`: more than {MAX_LABELS} different \
             endpoints, methods, statuses and tags. Give requests with ids in their URLs an \
             `endpoint:`, and keep ids out of `tags:`."
        ));
    }
    warnings
}

/// The name at `index`. A place without one is a defect, but none that should cost a run's figures.
fn name(names: &[String], index: u16) -> &str {
    names.get(usize::from(index)).map_or(OTHER, String::as_str)
}

fn rfc3339(at: SystemTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from(at).format(&format).expect("a time of this age has all these parts")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::fixture::{PLACE, sample, summary, totals};
    use crate::record::recorder::Recorder;
    use crate::record::sample::{RequestSample, RunLabels};
    use crate::record::summary::PartBlock;

    #[test]
    fn the_whole_run() {
        let summary = summary();
        assert_eq!(summary.schema, "coyote.summary/1");
        assert_eq!(summary.started, "2027-01-15T08:00:00.250Z");
        let totals = &summary.totals;
        let count = |count, failed, rate_per_s| CountBlock { count, failed, rate_per_s };
        assert_eq!(totals.chains, count(50, 10, 5.0));
        assert_eq!(totals.requests, count(124, 14, 12.4));
        assert_eq!(totals.checks, count(50, 10, 5.0));
        assert_eq!(totals.traffic, TrafficBlock { bytes_in: 124_000, bytes_out: 12_400 });
        assert_eq!((totals.attackers_max, totals.dropped_chains), (100, 1));
        assert_eq!(totals.rss_max_bytes, 48_234_496);
    }

    #[test]
    fn latency_of_an_endpoint_by_hand() {
        let order = &summary().endpoints["new-order"];
        assert_eq!((order.count, order.failed), (100, 10));
        let figures = [
            order.avg, order.min, order.med, order.p90, order.p95, order.p99, order.p999, order.max,
        ];
        let by_hand = [50.5, 1.0, 50.0, 90.0, 95.0, 99.0, 100.0, 100.0];
        assert_eq!(figures, by_hand.map(Some));
        let parts = order.parts.as_ref().expect("a request has parts");
        assert_eq!(parts.sending, PartBlock { avg: 1.0, p95: 1.0 });
        assert_eq!(parts.waiting, PartBlock { avg: 49.5, p95: 94.0 });
        assert_eq!(parts.connecting, PartBlock { avg: 0.0, p95: 0.0 });
    }

    #[test]
    fn stages_have_their_own_window() {
        let summary = summary();
        let [first, second] = summary.stages.as_slice() else { panic!("two stages") };
        assert_eq!(
            (first.name.as_str(), second.name.as_str()),
            ("1: 50 attackers", "2: 100 attackers")
        );
        assert_eq!(Some(second.started_s), Some(4.0));
        let order = &first.endpoints["new-order"];
        assert_eq!((order.count, Some(order.rate_per_s), order.max), (40, Some(10.0), Some(40.0)));
        let order = &second.endpoints["new-order"];
        assert_eq!((order.count, Some(order.rate_per_s), order.min), (60, Some(10.0), Some(41.0)));
        assert!(first.chains.is_empty());
        assert_eq!((first.totals.requests.count, first.totals.chains.count), (60, 0));
        assert_eq!((second.totals.requests.failed, second.totals.chains.count), (10, 50));
        assert_eq!(second.chains["new-authorization"].count, 50);
    }

    #[test]
    fn chains_that_never_ran_are_listed() {
        let summary = summary();
        let never = &summary.chains["never"];
        assert_eq!((never.count, never.avg, never.p95), (0, None, None));
        assert_eq!(summary.chains["new-authorization"].failed, 10);
    }

    #[test]
    fn tags_cover_their_requests() {
        let summary = summary();
        assert_eq!(summary.tags["case"]["plain"].count, 100);
    }

    #[test]
    fn scenarios_have_their_own_tags_and_time() {
        let labels = RunLabels {
            chains: vec!["a".into()],
            scenarios: vec!["one".into(), "two".into(), "never".into()],
            stages: vec!["one 1: 5/s".into(), "two 1: 5/s".into()],
            scenario_tags: vec![vec![("kind".into(), "first".into()), ("own".into(), "no".into())]],
        };
        let mut recorder = Recorder::new(Arc::new(labels));
        let two = Place { scenario: 1, stage: 1, ..PLACE };
        let own = [("own".to_owned(), "yes".to_owned())];
        recorder.request(PLACE, &sample("x", 200, 5));
        recorder.request(PLACE, &RequestSample { tags: &own, ..sample("x", 200, 5) });
        recorder.request(two, &sample("x", 500, 5));
        recorder.chain(two, Duration::from_secs(1), None);
        recorder.dropped_chain(two);
        let window = |at: u16, started: u64, ended: u64| {
            let (started, ended) = (Duration::from_secs(started), Duration::from_secs(ended));
            StageWindow { scenario: at, stage: at, started, ended }
        };
        let stages = vec![window(0, 0, 10), window(1, 5, 7)];
        let summary = Summary::build(&recorder.finish(), &RunInfo { stages, ..nothing() });
        let [never, one, two] = ["never", "one", "two"].map(|name| &summary.scenarios[name]);
        assert_eq!((never.started_s, never.chains.count), (None, 0));
        assert_eq!((one.started_s, one.duration_s, one.requests.count), (Some(0.0), 10.0, 2));
        assert_eq!((two.started_s, two.duration_s, two.requests.failed), (Some(5.0), 2.0, 1));
        assert_eq!((two.chains.count, two.dropped_chains, two.chains.rate_per_s), (1, 1, 0.5));
        assert_eq!(summary.tags["kind"]["first"].count, 2);
        let own: Vec<_> =
            summary.tags["own"].iter().map(|(value, it)| (value.as_str(), it.count)).collect();
        assert_eq!(own, [("no", 1), ("yes", 1)], "a request's own tag goes over its scenario's");
    }

    #[test]
    fn errors_come_by_count_and_say_whose() {
        let errors: Vec<_> = summary()
            .errors
            .into_iter()
            .map(|error| (error.count, error.message, error.example))
            .collect();
        let limited = "new-order: status 429, expected 201";
        let expected = [
            (10, limited, limited),
            (10, limited, limited),
            (4, "connect from 127.0.0.1:* refused", "connect from 127.0.0.1:40000 refused"),
        ];
        assert_eq!(errors, expected.map(|(n, a, b)| (n, a.to_owned(), b.to_owned())));
    }

    #[test]
    fn metrics_by_hand() {
        let metrics = summary().metrics;
        let always: Vec<_> = BUILT_IN.iter().filter(|metric| !metric.is_recorded()).collect();
        assert_eq!(metrics.len(), always.len() + 4);
        assert!(always.iter().all(|metric| metrics.contains_key(metric.name)));
        let expect = |name: &str, block| assert_eq!(metrics[name], block, "{name}");
        expect("http_reqs", MetricBlock::Counter { count: 124.0, rate_per_s: 12.4 });
        let rate = Some(0.112_903);
        expect("http_req_failed", MetricBlock::Rate { rate, passes: 14, fails: 110 });
        expect("checks", MetricBlock::Rate { rate: Some(0.8), passes: 40, fails: 10 });
        expect("chain_failed", MetricBlock::Rate { rate: Some(0.2), passes: 10, fails: 40 });
        expect("attackers", MetricBlock::Gauge { value: 100.0, min: 50.0, max: 100.0 });
        expect("bad_nonces", MetricBlock::Counter { count: 6.5, rate_per_s: 0.65 });
        expect("open_orders", MetricBlock::Gauge { value: 2.5, min: 0.0, max: 4.0 });
        let rate = Some(0.666_667);
        expect("reused_authz", MetricBlock::Rate { rate, passes: 2, fails: 1 });
        let MetricBlock::Trend { count, med, max, .. } = metrics["chain_bytes"] else {
            panic!("a trend")
        };
        assert_eq!((count, med, max), (3, Some(2.5), Some(4.0)));
        let MetricBlock::Trend { count, p95, .. } = metrics["http_req_waiting"] else {
            panic!("a trend")
        };
        assert_eq!((count, p95), (124, Some(93.0)));
    }

    fn nothing() -> RunInfo {
        RunInfo {
            started: SystemTime::UNIX_EPOCH,
            duration: Duration::ZERO,
            command: String::new(),
            target: String::new(),
            expect: "rfc".into(),
            cases: Vec::new(),
            stages: Vec::new(),
            attackers_max: 0,
            usage: ProcessUsage::default(),
        }
    }

    #[test]
    fn a_run_of_nothing_has_a_summary() {
        let summary = Summary::build(&Totals::default(), &nothing());
        assert_eq!(summary.totals.requests.count, 0);
        assert!(serde_json::from_str::<Summary>(&summary.to_json()).is_ok());
        assert_eq!(summary.warnings, Vec::<String>::new());
    }

    #[test]
    fn merged_halves_give_twice_the_counts_and_the_same_quantiles() {
        let mut twice = totals();
        twice.merge(&totals());
        let select = |key: &crate::record::series::SeriesKey| &*key.labels.endpoint == "new-order";
        let (one, two) = (totals().requests(select), twice.requests(select));
        assert_eq!(two.duration.count(), 2 * one.duration.count());
        assert_eq!(two.duration.quantile(0.95), one.duration.quantile(0.95));
    }
}
