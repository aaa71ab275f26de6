//! Requests by another client than the one under test.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// As they came, with names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Answer {
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no {name} in {self:?}"), |(_, value)| value)
    }
}

/// The answers to each URL in `line`, asked one after another by one curl.
pub(crate) fn curl(line: &str) -> Vec<Answer> {
    let started = Instant::now();
    let output = Command::new("curl")
        .args(["-s", "-i", "--max-time", "20"])
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("curl is installed (tests/run sees to it)");
    let took = started.elapsed();
    let text = String::from_utf8(output.stdout).expect("text");
    text.split("HTTP/1.1 ").skip(1).map(|part| answer(part, took)).collect()
}

/// The only answer to `line`.
#[track_caller]
pub(crate) fn ask(line: &str) -> Answer {
    curl(line).pop().unwrap_or_else(|| panic!("no answer to {line}"))
}

fn answer(text: &str, took: Duration) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").expect("a head ends");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.get(..3)?.parse().ok()).expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_ascii_lowercase(), value.to_owned())
    };
    Answer { status, headers: lines.map(header).collect(), body: body.to_owned(), took }
}
