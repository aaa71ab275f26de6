//! Makes of a log's lines what a run would have measured.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ahash::RandomState;
use indexmap::IndexSet;

use super::line::{Line, RequestResult};
use crate::record::process::ProcessUsage;
use crate::record::recorder::Recorder;
use crate::record::sample::{Place, RequestSample, RunLabels, Timings};
use crate::record::summarise::{RunInfo, StageWindow};
use crate::record::summary::Summary;
use crate::report::timeline::Timeline;

/// What the lines so far come to.
pub(super) struct Collected {
    recorder: Recorder,
    timeline: Timeline,
    chains: Names,
    stages: Names,
    /// When each stage's first chain began.
    stage_starts_us: Vec<u64>,
    start_us: u64,
    end_us: u64,
}

type Names = IndexSet<String, RandomState>;

impl Default for Collected {
    fn default() -> Self {
        Self {
            // The names are known at the end.
            recorder: Recorder::new(Arc::default()),
            timeline: Timeline::default(),
            chains: Names::default(),
            stages: Names::default(),
            stage_starts_us: Vec::new(),
            start_us: u64::MAX,
            end_us: 0,
        }
    }
}

impl Collected {
    /// Adds a chain and its requests.
    ///
    /// # Errors
    /// When its time is none; tells why.
    pub(super) fn add(&mut self, line: &Line<'_>) -> Result<(), String> {
        let (started_us, took) = (line.started_us()?, line.took());
        let ended_us = started_us.saturating_add(took.as_micros() as u64);
        self.start_us = self.start_us.min(started_us);
        self.end_us = self.end_us.max(ended_us);
        let stage = number_of(&line.stage, &mut self.stages);
        if usize::from(stage) == self.stage_starts_us.len() {
            self.stage_starts_us.push(started_us);
        } else if let Some(start_us) = self.stage_starts_us.get_mut(usize::from(stage)) {
            *start_us = started_us.min(*start_us);
        }
        let place =
            Place { chain: number_of(&line.chainname, &mut self.chains), scenario: 0, stage };
        // A log does not say when a request was sent: as if each followed the one before at once.
        let mut at_us = started_us;
        for request in &line.individualresults {
            at_us = at_us.saturating_add(request.took().as_micros() as u64);
            self.timeline.request(at_us.min(ended_us), request.took(), request.successful);
            self.recorder.request(place, &sample(request));
        }
        let curve = self.timeline.curve_of(&line.chainname);
        self.timeline.chain(curve, ended_us, took, line.chainsuccessful);
        self.timeline.ran(started_us, ended_us);
        let error = (!line.chainsuccessful).then_some(line.error.as_ref());
        self.recorder.chain(place, took, error);
        Ok(())
    }

    /// Everything together.
    pub(super) fn finish(mut self) -> (Summary, Timeline) {
        let start_us = self.start_us.min(self.end_us);
        self.timeline.start_us = start_us;
        let duration = Duration::from_micros(self.end_us - start_us);
        let info = RunInfo {
            started: SystemTime::UNIX_EPOCH + Duration::from_micros(start_us),
            duration,
            command: String::new(),
            target: String::new(),
            expect: String::new(),
            cases: Vec::new(),
            stages: stages(&self.stage_starts_us, start_us, duration),
            attackers_max: 0,
            usage: ProcessUsage { cpu: Duration::ZERO, rss_max_bytes: 0 },
        };
        let labels = RunLabels {
            chains: self.chains.into_iter().collect(),
            scenarios: Vec::new(),
            stages: self.stages.into_iter().collect(),
        };
        let totals = self.recorder.finish().named(Arc::new(labels));
        let mut summary = Summary::build(&totals, &info);
        if self.end_us == 0 {
            // Nobody knows when a run began that has no line.
            summary.started.clear();
        }
        (summary, self.timeline)
    }
}

/// The number of `name`. What is beyond the last number has none, and counts as others.
fn number_of(name: &str, names: &mut Names) -> u16 {
    let number = match names.get_index_of(name) {
        Some(number) => number,
        None if names.len() < usize::from(u16::MAX) => names.insert_full(name.to_owned()).0,
        None => usize::from(u16::MAX),
    };
    number as u16
}

/// Each stage lasts until the next begins, the last until the end. They may come in any order, for each
/// can have a file of its own.
fn stages(starts_us: &[u64], start_us: u64, duration: Duration) -> Vec<StageWindow> {
    let mut order: Vec<u16> = (0..starts_us.len()).map(|stage| stage as u16).collect();
    order.sort_by_key(|stage| starts_us[usize::from(*stage)]);
    let since = |stage: &u16| Duration::from_micros(starts_us[usize::from(*stage)] - start_us);
    let starts: Vec<_> = order.iter().map(since).collect();
    let windows = StageWindow::of(&starts, duration).into_iter().zip(order);
    windows.map(|(window, stage)| StageWindow { stage, ..window }).collect()
}

/// A request of which no more is known than how long it took.
fn sample<'a>(request: &'a RequestResult<'_>) -> RequestSample<'a> {
    RequestSample {
        endpoint: &request.uri,
        method: "",
        status: 0,
        ok: request.successful,
        error: (!request.successful).then_some(request.error.as_ref()),
        timings: Timings { waiting: request.took(), ..Timings::default() },
        bytes_out: 0,
        bytes_in: 0,
        local_port: 0,
        remote: None,
        reused: false,
        tags: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: &str, second: u32, ok: bool) -> String {
        format!(
            r#"{{"chainname":"two","chainsuccessful":{ok},"chaintook":500000000,"error":"no","individualresults":[{{"uri":"order","took":100000000,"successful":{ok},"error":"no"}}],"at":"2027-01-15T08:00:{second:02}Z","stage":"{stage}"}}"#
        )
    }

    #[test]
    fn stages_come_in_the_order_of_their_time() {
        let mut collected = Collected::default();
        let lines = [line("2: 9 attackers", 12, false), line("1: 3 attackers", 2, true)];
        for text in &lines {
            let line = serde_json::from_str(text).expect("a line");
            collected.add(&line).expect("it has a time");
        }
        let (summary, timeline) = collected.finish();
        assert_eq!(summary.started, "2027-01-15T08:00:02.000Z");
        assert!((summary.duration_s - 10.5).abs() < 1e-9);
        let stages: Vec<_> =
            summary.stages.iter().map(|stage| (stage.name.as_str(), stage.duration_s)).collect();
        assert_eq!(stages, [("1: 3 attackers", 10.0), ("2: 9 attackers", 0.5)]);
        assert_eq!(summary.stages[1].totals.chains.failed, 1);
        assert_eq!(summary.chains["two"].count, 2);
        assert_eq!(summary.errors.len(), 2);
        assert_eq!(timeline.start_us, 1_800_000_002_000_000);
        assert_eq!(timeline.requests().total().failed(), 1);
    }

    #[test]
    fn no_line_is_a_run_of_no_length() {
        let (summary, _) = Collected::default().finish();
        assert_eq!((summary.totals.chains.count, summary.stages.len()), (0, 0));
    }
}
