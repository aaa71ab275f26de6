//! What happened, whole: for sinks that take each event and not sums of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::sample::{Place, RequestSample};

/// Whose event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The attacker's number: 0 for the first of the run; those of later scenarios follow.
    pub attacker: u32,
    /// Where in the run.
    pub place: Place,
}

impl Origin {
    /// Tells attackers apart. Each runs one chain at a time, so between two ends of its chains all of
    /// its events belong to one chain.
    pub const fn who(self) -> (u16, u32) {
        (self.place.scenario, self.attacker)
    }
}

/// Something that happened on a shard. Of one attacker, events come in the order in which they happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A request ended.
    Request(RequestEvent),
    /// A script noted something about one of its requests.
    Note(NoteEvent),
    /// A chain ended.
    Chain(ChainEvent),
    /// A shard has this many attackers now.
    Attackers {
        /// Which shard, in no order.
        shard: u32,
        /// How many.
        now: u32,
    },
}

/// A request that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestEvent {
    /// Whose it was.
    pub origin: Origin,
    /// When it ended.
    pub ended: Instant,
    /// Where [`NoteEvent`]s find it.
    pub row: u64,
    /// Notes for rows of this chain below this one come no more.
    pub open_rows: u64,
    /// The low-cardinality label.
    pub endpoint: Box<str>,
    /// GET, POST, ...
    pub method: Box<str>,
    /// The answer's status; 0 without an answer.
    pub status: u16,
    /// What happened if not the right thing.
    pub error: Option<Box<str>>,
    /// How long it took.
    pub took: Duration,
    /// Bytes sent, headers and body.
    pub bytes_out: u64,
    /// Bytes received, headers and body.
    pub bytes_in: u64,
    /// Our end of the connection; 0 without one.
    pub local_port: u16,
    /// Their end.
    pub remote: Option<SocketAddr>,
    /// Whether the connection had carried a request before.
    pub reused: bool,
}

impl RequestEvent {
    /// What `sample` says of a request that ended just now.
    pub fn new(origin: Origin, row: u64, open_rows: u64, sample: &RequestSample<'_>) -> Self {
        // A request that failed without a word is a failure all the same.
        let error = (!sample.ok).then(|| sample.error.unwrap_or("failed").into());
        Self {
            origin,
            ended: Instant::now(),
            row,
            open_rows,
            endpoint: sample.endpoint.into(),
            method: sample.method.into(),
            status: sample.status,
            error,
            took: sample.timings.duration(),
            bytes_out: sample.bytes_out,
            bytes_in: sample.bytes_in,
            local_port: sample.local_port,
            remote: sample.remote,
            reused: sample.reused,
        }
    }
}

/// What a script noted about a request (`res.note`).
#[derive(Debug, Clone, PartialEq)]
pub struct NoteEvent {
    /// Whose request it was.
    pub origin: Origin,
    /// Which request.
    pub row: u64,
    /// The column.
    pub column: Box<str>,
    /// What belongs there.
    pub value: Box<str>,
}

/// A chain that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainEvent {
    /// Whose it was.
    pub origin: Origin,
    /// When it began.
    pub started: Instant,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: ChainOutcome,
}

/// How a chain ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainOutcome {
    /// It returned.
    Succeeded,
    /// It threw; this is why.
    Failed(Box<str>),
    /// Neither: a stop ended it, or the CA does not offer what it needs.
    Uncounted,
}

/// Events of one shard, in order.
pub type Batch = Vec<Event>;
