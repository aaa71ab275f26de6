//! The file of `--state`: a header, then one change a line.
//!
//! Each line begins with its checksum, which follows from that of the line before, so that a line which
//! was altered, lost or moved is found. The header says how many lines the file was made with; after these
//! a run appends its changes. Only the very last line may be incomplete: that of a run that was killed.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::encoded::Encoded;
use super::journal::Change;
use super::state::State;

/// The format's name and version.
const SCHEMA: &str = "coyote.state/1";
/// It holds private keys.
const MODE: u32 = 0o600;
/// The checksum, in hexadecimal.
const CHECKSUM_CHARS: usize = 8;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be opened or read.
    #[error("cannot read the state file {}: {error}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It cannot be made or written.
    #[error("cannot write the state file {}: {error}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another run has it.
    #[error("the state file {} is used by another run; wait for its end, or give this one another file", path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// It is not what coyote wrote.
    #[error(
        "the state file {} cannot be used: line {line}: {problem}. It was left as it is; restore it from a \
         copy, or give another file to start afresh",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The first line that is wrong; 1 is the header.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    schema: Cow<'a, str>,
    /// How many runs used it.
    run: u64,
    /// How many lines it was made with, without this one.
    lines: u64,
}

/// A change as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    set: Option<Cow<'a, str>>,
    #[serde(borrow)]
    remove: Option<Cow<'a, str>>,
    #[serde(borrow)]
    push: Option<Cow<'a, str>>,
    #[serde(borrow)]
    take: Option<Cow<'a, str>>,
    place: Option<usize>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// The open file, which no other run can use meanwhile.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    file: Flock<File>,
    /// Up to where it is whole.
    length: u64,
    checksum: u32,
    unsynced: bool,
}

/// Reads the file at `path` into `state`, writes it anew without what was undone, and returns it with the
/// number of this run.
pub(super) fn open(
    path: &Path,
    state: &mut State,
    tell: fn(&str),
) -> Result<(StateFile, u64), StateFileError> {
    // A link keeps pointing to the file, and is not replaced by it.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = lock(&path)?;
    let mut reading = Reading { path: &path, line: 0, checksum: 0 };
    let runs = reading.read(&file, state, tell)?;
    let old = StateFile { path, file, length: 0, checksum: 0, unsynced: false };
    let run = runs + 1;
    Ok((old.rewrite(state, run)?, run))
}

/// Opens the file, or makes it, for this process alone.
fn lock(path: &Path) -> Result<Flock<File>, StateFileError> {
    let failed = |error| StateFileError::Read { path: path.to_owned(), error };
    if let Ok(known) = fs::metadata(path)
        && !known.is_file()
    {
        return Err(failed(io::Error::other("it is no file")));
    }
    loop {
        let file = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path);
        let file = Flock::lock(file.map_err(failed)?, FlockArg::LockExclusiveNonblock);
        let file = file.map_err(|(_, errno)| match errno {
            Errno::EWOULDBLOCK => StateFileError::InUse { path: path.to_owned() },
            errno => failed(errno.into()),
        })?;
        // Another run may have put a new file in its place before the lock was granted.
        let (ours, there) = (file.metadata().map_err(failed)?, fs::metadata(path));
        if there.is_ok_and(|there| there.ino() == ours.ino() && there.dev() == ours.dev()) {
            return Ok(file);
        }
    }
}

/// How far the file was read.
struct Reading<'a> {
    path: &'a Path,
    line: u64,
    checksum: u32,
}

impl Reading<'_> {
    /// Returns how many runs used the file.
    fn read(
        &mut self,
        file: &File,
        state: &mut State,
        tell: fn(&str),
    ) -> Result<u64, StateFileError> {
        let failed = |error| StateFileError::Read { path: self.path.to_owned(), error };
        let length = file.metadata().map_err(failed)?.len();
        let mut from = BufReader::with_capacity(1 << 20, file);
        let mut bytes = Vec::new();
        let mut header: Option<Header<'static>> = None;
        loop {
            bytes.clear();
            let count = from.read_until(b'\n', &mut bytes);
            let count = count
                .map_err(|error| StateFileError::Read { path: self.path.to_owned(), error })?;
            if count == 0 {
                break;
            }
            self.line += 1;
            let whole = bytes.pop_if(|end| *end == b'\n').is_some();
            let Some(header) = &header else {
                header = Some(self.header(&bytes)?);
                continue;
            };
            if !whole && self.line > header.lines + 1 {
                let path = self.path.display();
                tell(&format!(
                    "the state file {path} ends in the middle of a change, as after a crash: without that one"
                ));
                break;
            }
            self.change(&bytes, state)?;
        }
        match header {
            Some(header) if self.line > header.lines => Ok(header.run),
            Some(header) => {
                let of = header.lines + 1;
                self.line += 1;
                Err(self.damaged(format!("it is missing, as are all up to line {of}")))
            }
            None if length > 0 => Err(self.damaged("it cannot be read".to_owned())),
            None => Ok(0),
        }
    }

    fn header(&mut self, bytes: &[u8]) -> Result<Header<'static>, StateFileError> {
        let header: Header<'_> = serde_json::from_slice(bytes)
            .map_err(|_| self.damaged("it is no header of a state file of coyote".to_owned()))?;
        if header.schema != SCHEMA {
            let told =
                format!("its schema is `{}`, and this version reads {SCHEMA}", header.schema);
            return Err(self.damaged(told));
        }
        self.checksum = crc32fast::hash(bytes);
        Ok(Header { schema: Cow::Borrowed(SCHEMA), run: header.run, lines: header.lines })
    }

    fn change(&mut self, bytes: &[u8], state: &mut State) -> Result<(), StateFileError> {
        let Some((checksum, text)) = split(bytes) else {
            return Err(self.damaged("it has no checksum".to_owned()));
        };
        let known = next_checksum(self.checksum, text.as_bytes());
        if checksum != known {
            return Err(self.damaged(
                "its checksum is wrong, so it or the line before was altered".to_owned(),
            ));
        }
        self.checksum = known;
        let line: Line<'_> = serde_json::from_str(text)
            .map_err(|error| self.damaged(format!("it is no change: {error}")))?;
        match made(&line, state) {
            Some(true) => Ok(()),
            Some(false) => Err(self.damaged("it undoes what was not done".to_owned())),
            None => Err(self.damaged("it is no change that this version knows".to_owned())),
        }
    }

    fn damaged(&self, problem: String) -> StateFileError {
        StateFileError::Damaged { path: self.path.to_owned(), line: self.line.max(1), problem }
    }
}

/// Whether the change could be made; `None` if it is none.
fn made(line: &Line<'_>, state: &mut State) -> Option<bool> {
    let value = match line.value {
        Some(value) => Some(Encoded::read(value.get()).ok()?),
        None => None,
    };
    let change = match (line, &value) {
        (
            Line { set: Some(key), remove: None, push: None, take: None, place: None, .. },
            Some(value),
        ) => Change::Set { key, value },
        (Line { set: None, remove: Some(key), push: None, take: None, place: None, .. }, None) => {
            Change::Remove { key }
        }
        (
            Line { set: None, remove: None, push: Some(list), take: None, place: None, .. },
            Some(value),
        ) => Change::Push { list, value },
        (
            Line {
                set: None, remove: None, push: None, take: Some(list), place: Some(place), ..
            },
            None,
        ) => Change::Take { list, place: *place },
        _ => return None,
    };
    Some(state.replay(&change))
}

fn split(bytes: &[u8]) -> Option<(u32, &str)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (checksum, rest) = text.split_at_checked(CHECKSUM_CHARS)?;
    Some((u32::from_str_radix(checksum, 16).ok()?, rest.strip_prefix(' ')?))
}

fn next_checksum(before: u32, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(text);
    hasher.finalize()
}

impl StateFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether something was written that a loss of power could still take.
    pub(super) fn is_unsynced(&self) -> bool {
        self.unsynced
    }

    /// Adds lines; all or none.
    pub(super) fn append(&mut self, lines: &[String]) -> Result<(), StateFileError> {
        let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.len() + 10).sum());
        let mut checksum = self.checksum;
        for line in lines {
            checksum = next_checksum(checksum, line.as_bytes());
            writeln!(bytes, "{checksum:08x} {line}").map_err(|error| self.unwritable(error))?;
        }
        if let Err(error) = self.file.write_all(&bytes) {
            // A part of a line would be damage once another follows. If even that fails, so will the next
            // attempt, and the file ends in the middle of a line, which a reader knows how to take.
            _ = self.file.set_len(self.length);
            return Err(self.unwritable(error));
        }
        self.length += bytes.len() as u64;
        self.checksum = checksum;
        self.unsynced = true;
        Ok(())
    }

    /// Makes what was written survive a loss of power.
    pub(super) fn sync(&mut self) {
        // The data is in the file, whatever the disk makes of it; there is nothing else to be done.
        _ = self.file.sync_data();
        self.unsynced = false;
    }

    /// Puts a file in its place that has all of `state` and nothing else. If that fails, this one stays.
    pub(super) fn rewrite(self, state: &State, run: u64) -> Result<Self, StateFileError> {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = PathBuf::from(name);
        let written = self.write_to(&temporary, state, run).and_then(|new| {
            fs::rename(&temporary, &self.path)?;
            Ok(new)
        });
        let new = written.map_err(|error| {
            // If it cannot be removed either, the first error still says more.
            _ = fs::remove_file(&temporary);
            self.unwritable(error)
        })?;
        // The new name survives a loss of power only with its folder.
        if let Some(folder) = self.path.parent() {
            _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(new)
    }

    fn write_to(&self, temporary: &Path, state: &State, run: u64) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).mode(MODE).open(temporary)?;
        file.set_permissions(self.file.metadata()?.permissions())?;
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, errno)| io::Error::from(errno))?;
        let mut lines = 0;
        state.each(|_| {
            lines += 1;
            Ok(())
        })?;
        let header = Header { schema: Cow::Borrowed(SCHEMA), run, lines };
        let header = serde_json::to_string(&header).map_err(io::Error::other)?;
        let mut checksum = crc32fast::hash(header.as_bytes());
        let mut to = BufWriter::with_capacity(1 << 20, &*file);
        writeln!(to, "{header}")?;
        state.each(|change| {
            let line = change.line();
            checksum = next_checksum(checksum, line.as_bytes());
            writeln!(to, "{checksum:08x} {line}")
        })?;
        to.flush()?;
        drop(to);
        file.sync_all()?;
        let length = file.metadata()?.len();
        Ok(Self { path: self.path.clone(), file, length, checksum, unsynced: false })
    }

    fn unwritable(&self, error: io::Error) -> StateFileError {
        StateFileError::Write { path: self.path.clone(), error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::data::Plain;

    fn quiet(_: &str) {}

    /// A file with some values and a list, as a run leaves it.
    fn made(path: &Path) -> Vec<u8> {
        let state = State::open(path, quiet).expect("a new file");
        for number in 0..20 {
            state.set(&format!("key {number}\n\"\u{1F43A}"), &Plain::Int(number));
            state.push(
                "list",
                &Plain::List(vec![Plain::Int(number), Plain::Bytes(vec![10, 0])]),
                1_000,
            );
        }
        state.close().expect("it can be written");
        fs::read(path).expect("it is there")
    }

    fn opened(path: &Path) -> Result<usize, String> {
        let state = State::open(path, quiet).map_err(|error| error.to_string())?;
        Ok(state.size("list"))
    }

    #[test]
    fn what_a_run_leaves_the_next_one_finds() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        {
            let state = State::open(&path, quiet).expect("a new file");
            assert_eq!((state.run(), state.is_kept()), (1, true));
            state.set("a", &Plain::Int(1));
            state.set("a", &Plain::Int(2));
            state.set("b", &Plain::Int(3));
            state.remove("b");
            for number in 0..5 {
                state.push("list", &Plain::Int(number), 4);
            }
            assert!(state.pop("list").is_some() && state.size("list") == 3);
            // Dropped without being closed, as when `setup()` throws.
        }
        let state = State::open(&path, quiet).expect("it is whole");
        assert_eq!(state.run(), 2);
        assert_eq!(state.get("a").expect("set").decode(), Ok(Plain::Int(2)));
        assert_eq!((state.get("b"), state.size("list")), (None, 3));
        state.close().expect("it can be written");
        drop(state);
        let lines = fs::read_to_string(&path).expect("it is text");
        // A header, a value, three items: nothing of what was undone.
        assert_eq!(lines.lines().count(), 5, "{lines}");
        assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, MODE);
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    /// A bit that is flipped anywhere is found, and the file left as it is.
    #[test]
    fn no_bit_can_be_flipped_unseen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        let good = made(&path);
        assert_eq!(opened(&path), Ok(20));
        let header = good.iter().position(|byte| *byte == b'\n').expect("a header");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&path, &bad).expect("writable");
            let told = opened(&path);
            // Upper and lower case of a checksum's digits are the same number.
            if at > header && bad[at].eq_ignore_ascii_case(&good[at]) && told.is_ok() {
                continue;
            }
            let told = told.expect_err("it was altered");
            assert!(told.contains("cannot be used: line "), "{at}: {told}");
            assert_eq!(fs::read(&path).expect("it is there"), bad, "{at}");
        }
    }

    #[test]
    fn no_line_can_be_lost_or_moved_unseen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        let good = String::from_utf8(made(&path)).expect("text");
        let lines: Vec<&str> = good.lines().collect();
        for at in 1..lines.len() {
            let mut without = lines.clone();
            without.remove(at);
            let mut swapped = lines.clone();
            swapped.swap(at, if at == 1 { 2 } else { at - 1 });
            let mut twice = lines.clone();
            twice.insert(at, lines[at]);
            for bad in [without, swapped, twice] {
                fs::write(&path, bad.join("\n") + "\n").expect("writable");
                opened(&path).expect_err("lines were changed");
            }
        }
    }

    /// Cut off anywhere in what it was made with, it is damaged; in what was appended, an unfinished
    /// line is left out.
    #[test]
    fn only_the_end_of_what_was_appended_may_be_missing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        let base = made(&path);
        drop({
            let state = State::open(&path, quiet).expect("it is whole");
            state.push("list", &Plain::Text("x".repeat(100)), 1_000);
            state.push("list", &Plain::Text("y".repeat(100)), 1_000);
            state
        });
        let whole = fs::read(&path).expect("it is there");
        let made_with = base.len();
        assert!(whole.len() > made_with + 200);
        for at in 1..whole.len() {
            fs::write(&path, &whole[..at]).expect("writable");
            let result = opened(&path);
            // All but the last end of a line.
            if at < made_with - 1 {
                assert!(result.is_err(), "cut at {at} of {made_with}");
                assert_eq!(fs::read(&path).expect("it is there"), whole[..at]);
            } else {
                let appended = String::from_utf8_lossy(&whole[made_with.min(at)..at]);
                let lines = appended.matches('\n').count();
                assert_eq!(result, Ok(20 + lines), "cut at {at}");
            }
        }
    }

    #[test]
    fn files_of_others_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        for (text, told) in [
            ("hello\n", "it is no header of a state file"),
            ("\n", "it is no header of a state file"),
            (
                "{\"schema\":\"coyote.state/2\",\"run\":1,\"lines\":0}\n",
                "its schema is `coyote.state/2`",
            ),
            (
                "{\"schema\":\"coyote.state/1\",\"run\":1,\"lines\":0}\nx\n",
                "line 2: it has no checksum",
            ),
        ] {
            fs::write(&path, text).expect("writable");
            let error = opened(&path).expect_err("none of ours");
            assert!(error.contains(told), "{text}: {error}");
        }
        fs::write(&path, "").expect("writable");
        assert_eq!(opened(&path), Ok(0));
        let error = opened(folder.path()).expect_err("a folder");
        assert!(error.contains("it is no file"), "{error}");
        let error = opened(Path::new("/dev/full")).expect_err("a device");
        assert!(error.contains("it is no file"), "{error}");
    }

    #[test]
    fn two_runs_cannot_use_one_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("state");
        let first = State::open(&path, quiet).expect("a new file");
        let error = opened(&path).expect_err("it is in use");
        assert!(error.contains("is used by another run"), "{error}");
        first.close().expect("it can be written");
        drop(first);
        assert_eq!(opened(&path), Ok(0));
    }
}
