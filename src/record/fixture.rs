//! Samples and a whole run, for the tests of everything that records or shows them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::process::ProcessUsage;
use super::recorder::Recorder;
use super::sample::{MetricKind, Place, RequestSample, RunLabels, Timings};
use super::summarise::{RunInfo, StageWindow};
use super::summary::Summary;
use super::totals::Totals;

/// The first chain, scenario and stage.
pub(crate) const PLACE: Place = Place { chain: 0, scenario: 0, stage: 0 };

/// A POST that took `took_ms`: 1 ms sending, if that long, and the rest waiting. A status of
/// 400 or more, or 0, is a failure.
pub(crate) fn sample(endpoint: &str, status: u16, took_ms: u64) -> RequestSample<'_> {
    let sending = took_ms.min(1);
    RequestSample {
        endpoint,
        method: "POST",
        status,
        ok: (200..400).contains(&status),
        error: None,
        timings: Timings {
            sending: Duration::from_millis(sending),
            waiting: Duration::from_millis(took_ms - sending),
            ..Timings::default()
        },
        bytes_out: 100,
        bytes_in: 1_000,
        local_port: 40_000,
        remote: None,
        reused: true,
        tags: &[],
    }
}

/// Two stages of 4 and 6 s; 100 `new-order` of 1 to 100 ms, every tenth with status 429; 20
/// `new-nonce` of 2 ms; 4 refused connections; 50 chains of 1 s, 10 of them failed.
pub(crate) fn totals() -> Totals {
    let mut recorder = Recorder::new(Arc::new(RunLabels {
        chains: vec!["new-authorization".into(), "never".into()],
        scenarios: vec!["default".into()],
        stages: vec!["1: 50 attackers".into(), "2: 100 attackers".into()],
        scenario_tags: Vec::new(),
    }));
    let second = Place { stage: 1, ..PLACE };
    let tags = [("case".to_owned(), "plain".to_owned())];
    for n in 1..=100 {
        let limited = n % 10 == 0;
        let status = if limited { 429 } else { 201 };
        let error = limited.then_some("new-order: status 429, expected 201");
        let place = if n <= 40 { PLACE } else { second };
        let sample = sample("new-order", status, n);
        recorder.request(place, &RequestSample { error, tags: &tags, ..sample });
    }
    for _ in 0..20 {
        recorder.request(PLACE, &sample("new-nonce", 200, 2));
    }
    for port in 40_000..40_004 {
        let error = format!("connect from 127.0.0.1:{port} refused");
        let error = Some(error.as_str());
        recorder.request(second, &RequestSample { error, ..sample("new-nonce", 0, 0) });
    }
    for n in 0..50 {
        let error = (n % 5 == 0).then_some("new-order: status 429, expected 201");
        recorder.chain(second, Duration::from_secs(1), error);
        recorder.check(second, "the order is pending", n % 5 != 0);
    }
    recorder.dropped_chain(second);
    for (kind, name) in [
        (MetricKind::Counter, "bad_nonces"),
        (MetricKind::Gauge, "open_orders"),
        (MetricKind::Rate, "reused_authz"),
        (MetricKind::Trend, "chain_bytes"),
    ] {
        for value in [4.0, 0.0, 2.5] {
            recorder.metric(PLACE, name, kind, value).expect("one kind a name");
        }
    }
    recorder.attackers(50);
    recorder.attackers(100);
    recorder.finish()
}

/// When the two stages ran.
pub(crate) fn stage_windows() -> Vec<StageWindow> {
    let starts = [0, 4].map(Duration::from_secs);
    StageWindow::of(0, 0, &starts, Duration::from_secs(10))
}

pub(crate) fn summary() -> Summary {
    let info = RunInfo {
        started: SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_250),
        duration: Duration::from_secs(10),
        command: "coyote --script scripts/new_authz.rhai seq 4 50 100".into(),
        target: "http://127.0.0.1:14000/directory".into(),
        expect: "rfc".into(),
        cases: Vec::new(),
        stages: stage_windows(),
        attackers_max: 100,
        usage: ProcessUsage { cpu: Duration::from_millis(1_230), rss_max_bytes: 48_234_496 },
    };
    Summary::build(&totals(), &info)
}
