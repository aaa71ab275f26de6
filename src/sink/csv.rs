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
                Event::Attackers { .. } => {}
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.writers().try_for_each(Writer::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::record::event::{ChainEvent, ChainOutcome, Origin};
    use crate::record::fixture::{PLACE, sample};
    use crate::record::sample::{Place, RequestSample, RunLabels};
    use crate::sink::event_sink::Epoch;

    const HEADER: &str = "timestamp_us,attacker,chain,endpoint,method,status,error,took_us,local_port,remote,reused,bytes_out,bytes_in";

    fn run(columns: &[&str]) -> RunFacts {
        let labels = RunLabels {
            chains: vec!["new-authorization".into()],
            scenarios: vec!["default".into()],
            scenario_tags: Vec::new(),
            stages: vec!["1: 5 attackers".into(), "2: 10 attackers".into()],
        };
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        RunFacts { labels: Arc::new(labels), columns, epoch: Epoch::now() }
    }

    fn origin(attacker: u32) -> Origin {
        Origin { attacker, place: PLACE }
    }

    /// A request in `row` that ended `row` ms after the start.
    fn request(run: &RunFacts, attacker: u32, (row, open_rows): (u64, u64)) -> Event {
        let error = (row == 2).then_some("refused, \"so\"");
        let status = if row == 2 { 0 } else { 201 };
        let remote = (row != 2).then(|| ([127, 0, 0, 1], 14_000).into());
        let sample = RequestSample { error, remote, ..sample("new-order", status, 12) };
        let ended = run.epoch.after(Duration::from_millis(row));
        let event = RequestEvent::new(origin(attacker), row, open_rows, &sample);
        Event::Request(RequestEvent { ended, ..event })
    }

    fn note(attacker: u32, row: u64, column: &str, value: &str) -> Event {
        let (column, value) = (column.into(), value.into());
        Event::Note(NoteEvent { origin: origin(attacker), row, column, value })
    }

    fn end(attacker: u32) -> Event {
        let (started, took) = (Instant::now(), Duration::ZERO);
        let outcome = ChainOutcome::Uncounted;
        Event::Chain(ChainEvent { origin: origin(attacker), started, took, outcome })
    }

    /// The rows that `events` leave, as text.
    fn rows(run: &RunFacts, events: &Batch) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.csv");
        let mut csv = Csv::open(&path, false).expect("writable");
        csv.begin(run).expect("writable");
        csv.take(events).expect("writable");
        csv.flush().expect("writable");
        let text = std::fs::read_to_string(&path).expect("written");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_per_request() {
        let run = run(&[]);
        let events = vec![request(&run, 0, (1, 1)), request(&run, 7, (2, 2))];
        let expected = [
            HEADER,
            "1000,0,new-authorization,new-order,POST,201,,12000,40000,127.0.0.1:14000,true,100,1000",
            "2000,7,new-authorization,new-order,POST,0,\"refused, \"\"so\"\"\",12000,40000,,true,100,1000",
        ];
        assert_eq!(rows(&run, &events), expected);
    }

    #[test]
    fn notes_belong_to_their_rows() {
        let run = run(&["backend", "back_port"]);
        let events = vec![
            request(&run, 0, (1, 1)),
            request(&run, 7, (3, 3)),
            note(0, 1, "backend", "2"),
            note(7, 3, "back_port", "40,001"),
            note(0, 1, "backend", "1"),
            // Two at once, of which the second is noted about first.
            request(&run, 0, (4, 4)),
            request(&run, 0, (5, 4)),
            note(0, 5, "backend", "5"),
            note(0, 4, "backend", "4"),
            end(0),
            end(7),
        ];
        let rows = rows(&run, &events);
        assert_eq!(rows[0], format!("{HEADER},backend,back_port"));
        let told = |row: &String| {
            let mut fields =
                csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
            let fields = fields.records().next().expect("a row").expect("it is CSV");
            [0, 1, 13, 14].map(|at: usize| fields[at].to_owned()).join(" ")
        };
        let told: Vec<_> = rows[1..].iter().map(told).collect();
        assert_eq!(told, ["1000 0 1 ", "4000 0 4 ", "5000 0 5 ", "3000 7  40,001"]);
    }

    #[test]
    fn every_file_has_a_header() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, run) = (folder.path().join("run.csv"), run(&[]));
        let mut csv = Csv::open(&path, true).expect("writable");
        csv.begin(&run).expect("writable");
        let place = Place { stage: 1, ..PLACE };
        let second =
            RequestEvent::new(Origin { attacker: 0, place }, 0, 0, &sample("new-order", 201, 12));
        csv.take(&vec![request(&run, 0, (1, 1)), Event::Request(second)]).expect("writable");
        csv.flush().expect("writable");
        for name in ["run.stage-1.csv", "run.stage-2.csv"] {
            let text = std::fs::read_to_string(folder.path().join(name)).expect("written");
            assert_eq!((text.lines().next(), text.lines().count()), (Some(HEADER), 2), "{name}");
        }
    }
}
