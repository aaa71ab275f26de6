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
    /// Of each stage, its scenario and when its first chain began.
    stage_starts_us: Vec<(u16, u64)>,
    scenarios: Names,
    /// When each scenario's last chain ended.
    scenario_ends_us: Vec<u64>,
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
            scenarios: Names::default(),
            scenario_ends_us: Vec::new(),
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
        let place = Place {
            chain: number_of(&line.chainname, &mut self.chains),
            scenario: number_of(&line.scenario, &mut self.scenarios),
            stage: number_of(&line.stage, &mut self.stages),
        };
        self.ran(place, started_us, ended_us);
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

    /// A stage and its scenario were there at this time.
    fn ran(&mut self, place: Place, started_us: u64, ended_us: u64) {
        let stage = usize::from(place.stage);
        if stage == self.stage_starts_us.len() {
            self.stage_starts_us.push((place.scenario, started_us));
        } else if let Some((_, start_us)) = self.stage_starts_us.get_mut(stage) {
            *start_us = started_us.min(*start_us);
        }
        let scenario = usize::from(place.scenario);
        if scenario == self.scenario_ends_us.len() {
            self.scenario_ends_us.push(ended_us);
        } else if let Some(end_us) = self.scenario_ends_us.get_mut(scenario) {
            *end_us = ended_us.max(*end_us);
        }
    }

    /// Each stage lasts until its scenario's next begins, the last until the scenario's end. They may come
    /// in any order, for each can have a file of its own.
    fn windows(&self, start_us: u64) -> Vec<StageWindow> {
        let since = |at_us: u64| Duration::from_micros(at_us - start_us);
        let of_scenario = |(scenario, end_us): (usize, &u64)| {
            let scenario = scenario as u16;
            let all = self.stage_starts_us.iter().enumerate();
            let mut own: Vec<_> = all.filter(|(_, (of, _))| *of == scenario).collect();
            own.sort_by_key(|(_, (_, start_us))| *start_us);
            let starts: Vec<_> = own.iter().map(|(_, (_, start_us))| since(*start_us)).collect();
            let windows = StageWindow::of(scenario, 0, &starts, since(*end_us)).into_iter();
            let numbered = windows.zip(own);
            let window = |(window, (stage, _))| StageWindow { stage: stage as u16, ..window };
            numbered.map(window).collect::<Vec<_>>()
        };
        self.scenario_ends_us.iter().enumerate().flat_map(of_scenario).collect()
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
            stages: self.windows(start_us),
            attackers_max: 0,
            usage: ProcessUsage { cpu: Duration::ZERO, rss_max_bytes: 0 },
        };
        let labels = RunLabels {
            chains: self.chains.into_iter().collect(),
            scenarios: self.scenarios.into_iter().collect(),
            stages: self.stages.into_iter().collect(),
            scenario_tags: Vec::new(),
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
    use crate::record::summary::StageBlock;

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
    fn stages_of_scenarios_overlap() {
        let mut collected = Collected::default();
        for (stage, second) in [("a 1: 5/s", 0), ("b 1: 5/s", 2), ("b 2: 9/s", 5), ("a 1: 5/s", 9)]
        {
            let scenario = format!(r#""scenario":"{}","stage""#, &stage[..1]);
            let text = line(stage, second, true).replace(r#""stage""#, &scenario);
            collected.add(&serde_json::from_str(&text).expect("a line")).expect("it has a time");
        }
        let (summary, _) = collected.finish();
        let stage = |it: &StageBlock| (it.name.clone(), it.started_s, it.duration_s);
        let stages: Vec<_> = summary.stages.iter().map(stage).collect();
        let expected = [("a 1: 5/s", 0.0, 9.5), ("b 1: 5/s", 2.0, 3.0), ("b 2: 9/s", 5.0, 0.5)];
        assert_eq!(stages, expected.map(|(name, start, took)| (name.to_owned(), start, took)));
        let [a, b] = ["a", "b"].map(|name| &summary.scenarios[name]);
        assert_eq!((a.chains.count, b.chains.count, b.started_s), (2, 2, Some(2.0)));
    }

    #[test]
    fn no_line_is_a_run_of_no_length() {
        let (summary, _) = Collected::default().finish();
        assert_eq!((summary.totals.chains.count, summary.stages.len()), (0, 0));
    }
}
