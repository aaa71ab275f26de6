//! Reads log files line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::collect::Collected;
use super::line::Line;
use crate::report::model::Model;

/// How much is read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Why logs cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file cannot be read.
    #[error("cannot read the log {}: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A line is none of a log.
    #[error("{}:{line}: no line of a log (--log): {why}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads all of `logs`, which are of one run; stages may have files of their own.
///
/// # Errors
/// When one cannot be read, or a line is damaged. The last line of a file may be: that is what a run
/// that was killed leaves, and becomes a note.
pub fn read(logs: &[PathBuf]) -> Result<Model, LogError> {
    let mut collected = Collected::default();
    let mut notes = Vec::new();
    for path in logs {
        notes.extend(read_file(path, &mut collected)?);
    }
    let (summary, timeline) = collected.finish();
    if summary.totals.chains.count == 0 {
        notes.push("The log has no chain: none ended.".to_owned());
    }
    Ok(Model { summary, timeline, notes })
}

/// Reads one file; returns what is to be noted about it.
fn read_file(path: &Path, collected: &mut Collected) -> Result<Option<String>, LogError> {
    let unreadable = |why| LogError::File { path: path.to_owned(), why };
    let file = File::open(path).map_err(unreadable)?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, file);
    let mut bytes = Vec::new();
    let mut number = 0;
    while reader.read_until(b'\n', &mut bytes).map_err(unreadable)? > 0 {
        number += 1;
        let is_whole = bytes.ends_with(b"\n");
        match take(&bytes, collected) {
            Ok(()) => {}
            Err(_) if !is_whole => {
                let place = format!("{}:{number}", path.display());
                return Ok(Some(format!(
                    "{place}: the last line is cut off, as a run that was killed leaves it; it does \
                     not count."
                )));
            }
            Err(why) => return Err(LogError::Line { path: path.to_owned(), line: number, why }),
        }
        bytes.clear();
    }
    Ok(None)
}

fn take(bytes: &[u8], collected: &mut Collected) -> Result<(), String> {
    // serde_json would take it for an input that ended too early.
    if bytes.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let line: Line<'_> = serde_json::from_slice(bytes).map_err(|error| told(&error))?;
    collected.add(&line)
}

/// Without the line of what was parsed, which is always the first.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"chainname":"c","chainsuccessful":true,"chaintook":5000,"at":"2027-01-15T08:00:01Z"}"#;

    fn read_text(text: &str) -> Result<Model, LogError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.ndjson");
        std::fs::write(&path, text).expect("writable");
        read(&[path])
    }

    #[test]
    fn only_a_last_line_without_its_end_may_be_damaged() {
        let cut = read_text(&format!("{GOOD}\n{}", &GOOD[..30])).expect("a killed run's");
        assert_eq!(cut.summary.totals.chains.count, 1);
        assert!(cut.notes[0].contains("run.ndjson:2: the last line is cut off"), "{:?}", cut.notes);
        let whole = read_text(&format!("{GOOD}\n{GOOD}")).expect("a whole last line");
        assert_eq!((whole.summary.totals.chains.count, whole.notes.len()), (2, 0));
        for damaged in [&GOOD[..30], "", "[]", &GOOD.replace("2027-", "-"), "\u{0}\u{0}"] {
            let error = read_text(&format!("{GOOD}\n{damaged}\n{GOOD}\n")).expect_err("damaged");
            assert!(error.to_string().contains("run.ndjson:2: no line of a log"), "{error}");
        }
    }

    #[test]
    fn an_empty_log_is_one_without_chains() {
        let model = read_text("").expect("a log");
        assert_eq!(model.notes, ["The log has no chain: none ended."]);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(&["missing/run.ndjson".into()]).expect_err("not there");
        assert!(error.to_string().contains("missing/run.ndjson"), "{error}");
    }
}
