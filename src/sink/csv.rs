//! `--csv`: one row per request, with the columns that scripts declare and fill with `res.note`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use ahash::RandomState;
use csv::{Writer, WriterBuilder};

use super::by_stage::ByStage;
use super::event_sink::{EventSink, OpenError, RunFacts};
use super::file::SinkFile;
use crate::plan::options::CSV_COLUMNS;
use crate::plan::sinks::SinkOptions;
use crate::record::event::{Batch, Event, NoteEvent, RequestEvent};

/// What is written at once.
const BUFFER_BYTES: usize = 64 * 1024;

struct Csv {
    path: PathBuf,
    files: ByStage<Writer<SinkFile>>,
    run: Option<RunFacts>,
    /// Rows that notes may still come for, by attacker. The lists are kept for the next chains.
    open_rows: HashMap<(u16, u32), Vec<Row>, RandomState>,
}

/// A request, and what was noted about it: one value for each of the scripts' columns.
struct Row {
    request: RequestEvent,
    notes: Vec<Box<str>>,
}

pub(super) fn open(options: &SinkOptions) -> Result<Option<Box<dyn EventSink>>, OpenError> {
    let Some(path) = &options.csv else { return Ok(None) };
    Ok(Some(Box::new(Csv::open(path, options.split_by_stage)?)))
}

impl Csv {
    fn open(path: &Path, split: bool) -> io::Result<Self> {
        let files = ByStage::open(path, split)?;
        Ok(Self { path: path.to_owned(), files, run: None, open_rows: HashMap::default() })
    }

    fn request(&mut self, event: &RequestEvent) -> io::Result<()> {
        let Some(run) = &self.run else { return Ok(()) };
        if run.columns.is_empty() {
            return write(&mut self.files, run, event, &[]);
        }
        let notes = vec![Box::default(); run.columns.len()];
        let rows = self.open_rows.entry(event.origin.who()).or_default();
        let closed = rows.iter().take_while(|row| row.request.row < event.open_rows).count();
        for row in rows.drain(..closed) {
            write(&mut self.files, run, &row.request, &row.notes)?;
        }
        rows.push(Row { request: event.clone(), notes });
        Ok(())
    }

    fn note(&mut self, event: &NoteEvent) {
        let Some(run) = &self.run else { return };
        let column = run.columns.iter().position(|column| **column == *event.column);
        let rows = self.open_rows.get_mut(&event.origin.who());
        let row = rows.and_then(|rows| rows.iter_mut().find(|row| row.request.row == event.row));
        if let (Some(row), Some(column)) = (row, column) {
            row.notes[column].clone_from(&event.value);
        }
    }

    /// Whatever became of the chain, its requests were made.
    fn close(&mut self, who: (u16, u32)) -> io::Result<()> {
        let (Some(run), Some(rows)) = (&self.run, self.open_rows.get_mut(&who)) else {
            return Ok(());
        };
        for row in rows.drain(..) {
            write(&mut self.files, run, &row.request, &row.notes)?;
        }
        Ok(())
    }
}

fn write(
    files: &mut ByStage<Writer<SinkFile>>,
    run: &RunFacts,
    request: &RequestEvent,
    notes: &[Box<str>],
) -> io::Result<()> {
    let out = files.of(request.origin.place.stage, |file| writer(file, &run.columns))?;
    // In the order of `CSV_COLUMNS`.
    let row = (
        run.epoch.since(request.ended).as_micros() as u64,
        request.origin.attacker,
        run.labels.chain(request.origin.place),
        &request.endpoint,
        &request.method,
        request.status,
        request.error.as_deref().unwrap_or(""),
        request.took.as_micros() as u64,
        request.local_port,
        request.remote,
        request.reused,
        request.bytes_out,
        request.bytes_in,
        notes,
    );
    Ok(out.serialize(row)?)
}

/// What writes rows to `file`, which begins with the names of the columns.
fn writer(file: SinkFile, columns: &[String]) -> io::Result<Writer<SinkFile>> {
    let mut builder = WriterBuilder::new();
    let mut out = builder.has_headers(false).buffer_capacity(BUFFER_BYTES).from_writer(file);
    out.write_record(CSV_COLUMNS.iter().copied().chain(columns.iter().map(String::as_str)))?;
    Ok(out)
}

impl EventSink for Csv {
    fn name(&self) -> String {
        format!("--csv {}", self.path.display())
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.files()
    }

    fn begin(&mut self, run: &RunFacts) -> io::Result<()> {
        self.run = Some(run.clone());
        self.files.begin(run.labels.stages.len(), |file| writer(file, &run.columns))
    }

    fn take(&mut self, batch: &Batch) -> io::Result<()> {
        for event in batch {
            match event {
                Event::Request(request) => self.request(request)?,
                Event::Note(note) => self.note(note),
                Event::Chain(chain) => self.close(chain.origin.who())?,
                Event::Attackers(_) => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.writers().try_for_each(Writer::flush)
    }
}
