//! `--log`: one JSON object a line (NDJSON) for each chain, with the results of its requests.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ahash::RandomState;
use serde::Serialize;

use super::by_stage::ByStage;
use super::event_sink::{EventSink, OpenError, RunFacts};
use super::file::SinkFile;
use crate::plan::sinks::SinkOptions;
use crate::record::event::{Batch, ChainEvent, ChainOutcome, Event, RequestEvent};

/// What is written at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// One line; durations in nanoseconds.
#[derive(Serialize)]
struct ChainResult<'a> {
    chainname: &'a str,
    chainsuccessful: bool,
    chaintook: u64,
    error: &'a str,
    individualresults: &'a [RequestResult],
    /// When the chain began.
    at: String,
    attacker: u32,
    stage: &'a str,
    scenario: &'a str,
}

/// One request of a chain.
#[derive(Serialize)]
struct RequestResult {
    /// The endpoint.
    uri: Box<str>,
    took: u64,
    successful: bool,
    error: Box<str>,
}

struct Log {
    path: PathBuf,
    files: ByStage<BufWriter<SinkFile>>,
    run: Option<RunFacts>,
    /// Requests of chains that have not ended, by attacker. The lists are kept for the next chains.
    requests: HashMap<(u16, u32), Vec<RequestResult>, RandomState>,
}

pub(super) fn open(options: &SinkOptions) -> Result<Option<Box<dyn EventSink>>, OpenError> {
    let Some(path) = &options.log else { return Ok(None) };
    Ok(Some(Box::new(Log::open(path, options.split_by_stage)?)))
}

impl Log {
    fn open(path: &Path, split: bool) -> io::Result<Self> {
        let files = ByStage::open(path, split)?;
        Ok(Self { path: path.to_owned(), files, run: None, requests: HashMap::default() })
    }

    fn request(&mut self, event: &RequestEvent) {
        self.requests.entry(event.origin.who()).or_default().push(RequestResult {
            uri: event.endpoint.clone(),
            took: event.took.as_nanos() as u64,
            successful: event.error.is_none(),
            error: event.error.clone().unwrap_or_default(),
        });
    }

    fn chain(&mut self, event: &ChainEvent) -> io::Result<()> {
        let Some(run) = &self.run else { return Ok(()) };
        let requests = self.requests.entry(event.origin.who()).or_default();
        let place = event.origin.place;
        let error = match &event.outcome {
            ChainOutcome::Succeeded => "",
            ChainOutcome::Failed(error) => error,
            // It has no result, and the summary does not count it either.
            ChainOutcome::Uncounted => {
                requests.clear();
                return Ok(());
            }
        };
        let line = ChainResult {
            chainname: run.labels.chain(place),
            chainsuccessful: event.outcome == ChainOutcome::Succeeded,
            chaintook: event.took.as_nanos() as u64,
            error,
            individualresults: requests,
            at: run.epoch.wall_clock(event.started),
            attacker: event.origin.attacker,
            stage: run.labels.stage(place),
            scenario: run.labels.scenario(place),
        };
        let out = self.files.of(place.stage, |file| Ok(writer(file)))?;
        serde_json::to_writer(&mut *out, &line)?;
        requests.clear();
        out.write_all(b"\n")
    }
}

fn writer(file: SinkFile) -> BufWriter<SinkFile> {
    BufWriter::with_capacity(BUFFER_BYTES, file)
}

impl EventSink for Log {
    fn name(&self) -> String {
        format!("--log {}", self.path.display())
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.files()
    }

    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.run = Some(run.clone());
        self.files.begin(run.labels.stages.len(), |file| Ok(writer(file)))
    }

    fn take(&mut self, batch: &Batch) -> io::Result<()> {
        for event in batch {
            match event {
                Event::Request(request) => self.request(request),
                Event::Chain(chain) => self.chain(chain)?,
                Event::Note(_) | Event::Attackers { .. } => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.writers().try_for_each(Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::record::event::Origin;
    use crate::record::fixture::{PLACE, sample};
    use crate::record::sample::{Place, RequestSample, RunLabels};
    use crate::sink::event_sink::Epoch;

    fn run() -> RunFacts {
        let labels = RunLabels {
            chains: vec!["new-authorization".into()],
            scenarios: vec!["default".into()],
            scenario_tags: Vec::new(),
            stages: vec!["1: 5 attackers".into(), "2: 10 attackers".into()],
        };
        let wall = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_250);
        RunFacts { labels: Arc::new(labels), columns: Vec::new(), epoch: Epoch::at(wall) }
    }

    fn request(attacker: u32, stage: u16, sample: &RequestSample<'_>) -> Event {
        let origin = Origin { attacker, place: Place { stage, ..PLACE } };
        Event::Request(RequestEvent::new(origin, 0, 0, sample))
    }

    fn chain(run: &RunFacts, attacker: u32, stage: u16, outcome: ChainOutcome) -> Event {
        let origin = Origin { attacker, place: Place { stage, ..PLACE } };
        let started = run.epoch.after(Duration::from_micros(1_500_001));
        let took = Duration::from_nanos(1_234_567_891);
        Event::Chain(ChainEvent { origin, started, took, outcome })
    }

    /// What two attackers do in two stages.
    fn events(run: &RunFacts) -> Batch {
        let refused = RequestSample { error: Some("refused \"so\""), ..sample("new-nonce", 0, 3) };
        vec![
            request(3, 0, &sample("new-nonce", 200, 2)),
            request(4, 1, &refused),
            request(3, 0, &sample("new-order", 201, 12)),
            chain(run, 4, 1, ChainOutcome::Failed("refused \"so\"".into())),
            chain(run, 3, 0, ChainOutcome::Succeeded),
            request(3, 1, &sample("new-nonce", 200, 2)),
            chain(run, 3, 1, ChainOutcome::Uncounted),
            chain(run, 3, 1, ChainOutcome::Succeeded),
        ]
    }

    const FIRST: &str = r#"{"chainname":"new-authorization","chainsuccessful":true,"chaintook":1234567891,"error":"","individualresults":[{"uri":"new-nonce","took":2000000,"successful":true,"error":""},{"uri":"new-order","took":12000000,"successful":true,"error":""}],"at":"2027-01-15T08:00:01.750001Z","attacker":3,"stage":"1: 5 attackers","scenario":"default"}
"#;
    const SECOND: &str = r#"{"chainname":"new-authorization","chainsuccessful":false,"chaintook":1234567891,"error":"refused \"so\"","individualresults":[{"uri":"new-nonce","took":3000000,"successful":false,"error":"refused \"so\""}],"at":"2027-01-15T08:00:01.750001Z","attacker":4,"stage":"2: 10 attackers","scenario":"default"}
"#;
    const THIRD: &str = r#"{"chainname":"new-authorization","chainsuccessful":true,"chaintook":1234567891,"error":"","individualresults":[],"at":"2027-01-15T08:00:01.750001Z","attacker":3,"stage":"2: 10 attackers","scenario":"default"}
"#;

    #[test]
    fn a_line_per_chain_that_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.ndjson");
        let (mut log, run) = (Log::open(&path, false).expect("writable"), run());
        log.begin(&run).expect("writable");
        log.take(&events(&run)).expect("writable");
        log.flush().expect("writable");
        let text = std::fs::read_to_string(&path).expect("written");
        assert_eq!(text, [SECOND, FIRST, THIRD].concat());
    }

    #[test]
    fn a_file_per_stage() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["run.stage-1.ndjson", "run.stage-2.ndjson", "run.stage-3.ndjson"] {
            std::fs::write(path(name), "of an earlier run").expect("writable");
        }
        let (mut log, run) = (Log::open(&path("run.ndjson"), true).expect("writable"), run());
        log.begin(&run).expect("writable");
        let read = |name: &str| std::fs::read_to_string(path(name)).expect("there");
        assert_eq!(read("run.stage-2.ndjson"), "", "emptied before its stage comes");
        log.take(&events(&run)).expect("writable");
        log.flush().expect("writable");
        assert_eq!(read("run.stage-1.ndjson"), FIRST);
        assert_eq!(read("run.stage-2.ndjson"), [SECOND, THIRD].concat());
        assert_eq!(read("run.stage-3.ndjson"), "of an earlier run", "this run has two stages");
        assert!(!path("run.ndjson").exists());
    }
}
