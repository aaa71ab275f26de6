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
        let out = self.files.of(place.stage, writer)?;
        serde_json::to_writer(&mut *out, &line)?;
        requests.clear();
        out.write_all(b"\n")
    }
}

fn writer(file: SinkFile) -> io::Result<BufWriter<SinkFile>> {
    Ok(BufWriter::with_capacity(BUFFER_BYTES, file))
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
        self.files.begin(run.labels.stages.len(), writer)
    }

    fn take(&mut self, batch: &Batch) -> io::Result<()> {
        for event in batch {
            match event {
                Event::Request(request) => self.request(request),
                Event::Chain(chain) => self.chain(chain)?,
                Event::Note(_) | Event::Attackers(_) => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.writers().try_for_each(Write::flush)
    }
}
