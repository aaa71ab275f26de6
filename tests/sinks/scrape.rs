//! Asks `--prometheus` as a Prometheus server does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends one request and reads until the other end closes.
#[track_caller]
pub(crate) fn ask(address: &str, method: &str, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("sockets have timeouts");
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers with text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let (head, body) = (head.to_ascii_lowercase(), body.to_owned());
    Answer { status: status.expect("a status"), head, body }
}

/// One line of what was scraped.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: String,
    pub(crate) value: f64,
}

/// What was scraped.
#[derive(Debug)]
pub(crate) struct Scrape {
    pub(crate) text: String,
    pub(crate) samples: Vec<Sample>,
}

impl Scrape {
    #[track_caller]
    pub(crate) fn of(address: &str) -> Self {
        let answer = ask(address, "GET", "/metrics");
        assert_eq!(answer.status, 200, "{}", answer.body);
        let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert!(answer.head.contains(kind), "{}", answer.head);
        assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
        let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
        let samples = lines
            .map(|line| {
                let (sample, value) = line.rsplit_once(' ').expect("a value");
                let value = value.parse().expect("a number");
                let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
                Sample { name: name.to_owned(), labels: labels.to_owned(), value }
            })
            .collect();
        Self { samples, text: answer.body }
    }

    /// Asks until `enough` says that it is.
    #[track_caller]
    pub(crate) fn until(address: &str, enough: impl Fn(&Self) -> bool) -> Self {
        let deadline = Instant::now() + Duration::from_secs(40);
        loop {
            let scrape = Self::of(address);
            if enough(&scrape) {
                return scrape;
            }
            assert!(Instant::now() < deadline, "it never comes:\n{}", scrape.text);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The samples called `name` whose labels hold `part`, added up; none if there is no such sample.
    pub(crate) fn sum(&self, name: &str, part: &str) -> Option<f64> {
        let fits = |sample: &&Sample| sample.name == name && sample.labels.contains(part);
        let mut samples = self.samples.iter().filter(fits).peekable();
        samples.peek().is_some().then(|| samples.map(|sample| sample.value).sum())
    }
}
