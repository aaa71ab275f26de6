//! Files of data, read once for all threads.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::table::Table;
use crate::script::data::Plain;

/// How a file's text is to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One value a line.
    Lines,
    /// Values with a separator between them (RFC 4180).
    Csv {
        /// Whether the first line names the columns.
        header: bool,
        /// What is between values.
        separator: u8,
    },
    /// JSON (RFC 8259).
    Json,
    /// `key:secret` a line, as `htpasswd` writes them.
    Credentials,
}

/// What a file holds; cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded {
    /// Rows of text.
    Table(Arc<Table>),
    /// Anything.
    Data(Arc<Plain>),
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system says so.
    #[error("cannot read {name}: {error}")]
    Unreadable {
        /// What the script calls it.
        name: String,
        /// Why.
        error: std::io::Error,
    },
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(String),
    /// Its text is not what it should be.
    #[error("{name}:{line}: {why}")]
    Wrong {
        /// What the script calls it.
        name: String,
        /// Where; the first line is 1.
        line: u64,
        /// What is wrong there.
        why: String,
    },
}

type Known = Mutex<HashMap<(PathBuf, Form), Loaded>>;

/// Everything that was read, for as long as the process lives: what scripts of all threads look at is
/// in memory once, and a file that is changed during a run does not change the run.
static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

/// What the file at `path`, which the script calls `name`, holds. Whoever comes while it is being read
/// waits.
///
/// # Errors
/// When it cannot be read, is empty, or is not of that form.
pub fn load(path: &Path, name: &str, form: Form) -> Result<Loaded, FileError> {
    // Nothing is changed until all is read, so a panic leaves nothing half-done.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (path.to_owned(), form);
    if let Some(loaded) = known.get(&key) {
        return Ok(loaded.clone());
    }
    let bytes = std::fs::read(path)
        .map_err(|error| FileError::Unreadable { name: name.to_owned(), error })?;
    let loaded = understand(&bytes, name, form)?;
    known.insert(key, loaded.clone());
    Ok(loaded)
}

fn understand(bytes: &[u8], name: &str, form: Form) -> Result<Loaded, FileError> {
    let wrong = |line: u64, why: String| FileError::Wrong { name: name.to_owned(), line, why };
    let text = text_of(bytes).map_err(|line| wrong(line, "it is not UTF-8 text".to_owned()))?;
    if text.trim().is_empty() {
        return Err(FileError::Empty(name.to_owned()));
    }
    let table = match form {
        Form::Json => {
            let data = json(text).map_err(|(line, why)| wrong(line, why))?;
            return Ok(Loaded::Data(Arc::new(data)));
        }
        Form::Lines => Ok(lines(text)),
        Form::Csv { header, separator } => csv(text, header, separator),
        Form::Credentials => credentials(text),
    };
    let table = table.map_err(|(line, why)| wrong(line, why))?;
    if table.rows() == 0 {
        return Err(FileError::Empty(format!("{name}, but for its header,")));
    }
    Ok(Loaded::Table(Arc::new(table)))
}

/// The text without the mark that some editors put first, or the line that is no UTF-8.
fn text_of(bytes: &[u8]) -> Result<&str, u64> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        before.split(|byte| *byte == b'\n').count() as u64
    })
}

/// What is wrong, and in which line.
type Wrong = (u64, String);

fn lines(text: &str) -> Table {
    let mut table = Table::new(1);
    for line in text.lines() {
        table.push(line);
    }
    table
}

fn csv(text: &str, header: bool, separator: u8) -> Result<Table, Wrong> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(header)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut table = None;
    if header {
        let names: Vec<String> =
            reader.headers().map_err(|error| csv_wrong(&error))?.iter().map(Into::into).collect();
        if let Some(twice) = twice(&names) {
            return Err((1, format!("two columns are called `{twice}`")));
        }
        table = Some(Table::with_header(names));
    }
    for record in reader.records() {
        let record = record.map_err(|error| csv_wrong(&error))?;
        let table = table.get_or_insert_with(|| Table::new(record.len()));
        for cell in &record {
            table.push(cell);
        }
    }
    table.ok_or_else(|| (1, "there is no value".to_owned()))
}

fn csv_wrong(error: &csv::Error) -> Wrong {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (line, format!("{len} values, where the first line has {expected_len}"))
        }
        _ => (line, error.to_string()),
    }
}

fn twice(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)).map(|(_, name)| name)
}

fn json(text: &str) -> Result<Plain, Wrong> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| (error.line() as u64, format!("it is not JSON: {error}")))?;
    Ok(plain(value))
}

fn plain(value: serde_json::Value) -> Plain {
    use serde_json::Value;
    match value {
        Value::Null => Plain::Nothing,
        Value::Bool(value) => Plain::Bool(value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Plain::Int(number),
            None => Plain::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Plain::Text(text),
        Value::Array(items) => Plain::List(items.into_iter().map(plain).collect()),
        Value::Object(members) => {
            Plain::Object(members.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
    }
}

/// Messages do not show the line: it may hold a secret.
fn credentials(text: &str) -> Result<Table, Wrong> {
    let mut table = Table::with_header(vec!["user".to_owned(), "password".to_owned()]);
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        match line.split_once(':') {
            None => return Err((number, "there is no colon; want key:secret".to_owned())),
            Some(("", _)) => return Err((number, "there is no key before the colon".to_owned())),
            Some((key, secret)) => {
                table.push(key);
                table.push(secret);
            }
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Form = Form::Csv { header: true, separator: b',' };

    fn table(text: &str, form: Form) -> Result<Vec<Vec<String>>, String> {
        let Loaded::Table(table) =
            understand(text.as_bytes(), "f", form).map_err(|error| error.to_string())?
        else {
            panic!("no table")
        };
        let cell = |row, column| table.cell(row, column).expect("a cell").to_owned();
        let row = |row| (0..table.columns()).map(|column| cell(row, column)).collect();
        Ok((0..table.rows()).map(row).collect())
    }

    #[test]
    fn each_form_is_understood() {
        assert_eq!(
            table("a\r\n\nb", Form::Lines),
            Ok(vec![vec!["a".into()], vec![String::new()], vec!["b".into()]])
        );
        let quoted = table("\u{FEFF}n,m\n\"x, \"\"y\"\"\",2\n", CSV);
        assert_eq!(quoted, Ok(vec![vec!["x, \"y\"".into(), "2".into()]]));
        let plain = table("1;2\n3;4", Form::Csv { header: false, separator: b';' });
        assert_eq!(plain.map(|rows| rows.len()), Ok(2));
        let pairs = table("k:s:t\n\nl:\n", Form::Credentials);
        assert_eq!(
            pairs,
            Ok(vec![vec!["k".into(), "s:t".into()], vec!["l".into(), String::new()]])
        );
        let json = understand(b"[1, 2.5, null, {\"a\": true}]", "f", Form::Json).expect("JSON");
        let Loaded::Data(json) = json else { panic!("no data") };
        let Plain::List(items) = &*json else { panic!("no list") };
        assert_eq!(items[..3], [Plain::Int(1), Plain::Float(2.5), Plain::Nothing]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, form, told) in [
            ("", Form::Lines, "f is empty"),
            ("\n \n", Form::Credentials, "f is empty"),
            ("a,b\n", CSV, "f, but for its header, is empty"),
            ("a,a\n1,2\n", CSV, "f:1: two columns are called `a`"),
            ("a,b\n1,2\n3\n", CSV, "f:3: 1 values, where the first line has 2"),
            ("k:s\nsecret\n", Form::Credentials, "f:2: there is no colon; want key:secret"),
            (":s\n", Form::Credentials, "f:1: there is no key before the colon"),
            ("[1,\n2,,\n]", Form::Json, "f:2: it is not JSON: expected value at line 2 column 3"),
        ] {
            assert_eq!(table(text, form), Err(told.to_owned()));
        }
        let told = understand(b"a\nb\xFF", "f", Form::Lines).expect_err("no UTF-8").to_string();
        assert_eq!(told, "f:2: it is not UTF-8 text");
    }

    #[test]
    fn a_file_is_read_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("names");
        std::fs::write(&path, "a\nb\n").expect("a file");
        let first = load(&path, "names", Form::Lines).expect("loads");
        std::fs::write(&path, "c\n").expect("a file");
        let again = load(&path, "names", Form::Lines).expect("is known");
        let (Loaded::Table(first), Loaded::Table(again)) = (first, again) else { panic!("tables") };
        assert!(Arc::ptr_eq(&first, &again));
        std::fs::remove_file(&path).expect("removed");
        assert!(load(&path, "names", Form::Json).is_err(), "another form is another file");
    }
}
