//! Writes changes to the state file behind the attackers' backs.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::encoded::Encoded;
use super::state_file::{StateFile, StateFileError};

/// Changes are gathered for so long before they are written.
const WRITE_EVERY: Duration = Duration::from_millis(250);
/// What is written is also made to survive a loss of power, this often.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before a failed write is tried again.
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// More is not kept waiting for a disk that takes none.
const MOST_WAITING_BYTES: usize = 256 << 20;

/// One change of the shared data.
#[derive(Debug)]
pub(super) enum Change<'a> {
    Set { key: &'a str, value: &'a Encoded },
    Remove { key: &'a str },
    Push { list: &'a str, value: &'a Encoded },
    Take { list: &'a str, place: usize },
}

impl Change<'_> {
    /// One line of JSON, without its end.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Set { key, value } => with_value("set", key, value),
            Self::Remove { key } => format!("{{\"remove\":{}}}", json(key)),
            Self::Push { list, value } => with_value("push", list, value),
            Self::Take { list, place } => {
                format!("{{\"take\":{},\"place\":{place}}}", json(list))
            }
        }
    }
}

fn with_value(word: &str, key: &str, value: &Encoded) -> String {
    let mut line = String::with_capacity(word.len() + key.len() + value.text().len() + 24);
    // Writing to a string does not fail.
    _ = write!(line, "{{\"{word}\":{},\"value\":{}}}", json(key), value.text());
    line
}

fn json(text: &str) -> serde_json::Value {
    text.into()
}

enum Message {
    Line(String),
    End,
}

/// The way to the thread that writes.
#[derive(Debug)]
pub(super) struct Journal {
    changes: Sender<Message>,
    thread: Mutex<Option<JoinHandle<Ended>>>,
}

/// What the thread leaves.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) file: StateFile,
    /// Why the file lacks changes, if it does.
    pub(super) lacks: Option<StateFileError>,
}

impl Journal {
    pub(super) fn start(file: StateFile, tell: fn(&str)) -> Result<Self, StateFileError> {
        let (changes, heard) = mpsc::channel();
        let path = file.path().to_owned();
        let scribe = Scribe {
            file,
            tell,
            waiting: Vec::new(),
            waiting_bytes: 0,
            trouble: None,
            gave_up: false,
        };
        let thread = std::thread::Builder::new()
            .name("state-file".to_owned())
            .spawn(move || scribe.work(&heard))
            .map_err(|error| StateFileError::Write { path, error })?;
        Ok(Self { changes, thread: Mutex::new(Some(thread)) })
    }

    /// Has `change` written, soon. Never waits.
    pub(super) fn write(&self, change: &Change<'_>) {
        // After its end there is nothing to write to, and nobody who changes anything.
        let _ = self.changes.send(Message::Line(change.line()));
    }

    /// Writes what waits; `None` if that was done before.
    pub(super) fn end(&self) -> Option<Ended> {
        let thread = self.thread.lock().ok()?.take()?;
        let _ = self.changes.send(Message::End);
        thread.join().ok()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread that writes.
struct Scribe {
    file: StateFile,
    tell: fn(&str),
    waiting: Vec<String>,
    waiting_bytes: usize,
    /// Why the last write failed.
    trouble: Option<StateFileError>,
    /// Changes were dropped, so that what follows them would make no sense.
    gave_up: bool,
}

impl Scribe {
    fn work(mut self, changes: &Receiver<Message>) -> Ended {
        let mut synced = Instant::now();
        let mut is_last = false;
        while !is_last {
            is_last = self.gather(changes);
            self.write();
            if is_last || synced.elapsed() >= SYNC_EVERY {
                self.file.sync();
                synced = Instant::now();
            }
        }
        Ended { file: self.file, lacks: self.trouble }
    }

    /// Waits for changes and takes them; whether they were the last.
    fn gather(&mut self, changes: &Receiver<Message>) -> bool {
        let mut until = self.trouble.as_ref().map(|_| Instant::now() + RETRY_EVERY);
        loop {
            let message = match until {
                // Even if nothing more comes, what was written is to be made safe.
                None if self.file.is_unsynced() => changes.recv_timeout(SYNC_EVERY),
                None => changes.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(until) => {
                    changes.recv_timeout(until.saturating_duration_since(Instant::now()))
                }
            };
            match message {
                Ok(Message::Line(line)) => self.take(line),
                Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
            until = until.or_else(|| Some(Instant::now() + WRITE_EVERY));
        }
    }

    fn take(&mut self, line: String) {
        if self.gave_up {
            return;
        }
        self.waiting_bytes += line.len();
        self.waiting.push(line);
        if self.trouble.is_some() && self.waiting_bytes > MOST_WAITING_BYTES {
            self.waiting = Vec::new();
            self.gave_up = true;
            (self.tell)(
                "too many changes wait for the state file: it is written at the end of the run",
            );
        }
    }

    fn write(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        match self.file.append(&self.waiting) {
            Ok(()) => {
                if self.trouble.take().is_some() {
                    (self.tell)("the state file can be written again, and lacks nothing");
                }
                self.waiting.clear();
                self.waiting_bytes = 0;
            }
            Err(error) => {
                if self.trouble.is_none() {
                    (self.tell)(&format!("{error}; it is tried again"));
                }
                self.trouble = Some(error);
            }
        }
    }
}
