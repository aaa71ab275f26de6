//! What is measured: one value type per thing that can happen, before any aggregation.

use std::net::SocketAddr;
use std::time::Duration;

use super::series::OTHER;

/// Where in the run a sample belongs. Indexes into [`RunLabels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which chain.
    pub chain: u16,
    /// Which scenario.
    pub scenario: u16,
    /// Which stage.
    pub stage: u16,
}

/// The names that [`Place`] indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunLabels {
    /// Chain names.
    pub chains: Vec<String>,
    /// Scenario names.
    pub scenarios: Vec<String>,
    /// Stage names, such as `1: 50 attackers`.
    pub stages: Vec<String>,
    /// The tags of each scenario's measurements; fewer than scenarios where the others have none.
    pub scenario_tags: Vec<Vec<(String, String)>>,
}

impl RunLabels {
    /// The chain's name.
    pub fn chain(&self, place: Place) -> &str {
        name(&self.chains, place.chain)
    }

    /// The scenario's name.
    pub fn scenario(&self, place: Place) -> &str {
        name(&self.scenarios, place.scenario)
    }

    /// What the scenario tags its measurements with.
    pub fn scenario_tags(&self, place: Place) -> &[(String, String)] {
        self.scenario_tags.get(usize::from(place.scenario)).map_or(&[], Vec::as_slice)
    }

    /// The stage's name.
    pub fn stage(&self, place: Place) -> &str {
        name(&self.stages, place.stage)
    }
}

/// A place without a name is a defect, but none that should cost a run's figures.
fn name(names: &[String], index: u16) -> &str {
    names.get(usize::from(index)).map_or(OTHER, String::as_str)
}

/// How a request's time was spent (k6's names). The sum is the request's duration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for a free connection, and name resolution.
    pub blocked: Duration,
    /// TCP connect; zero on a reused connection.
    pub connecting: Duration,
    /// TLS handshake; zero on a reused connection and on plain HTTP.
    pub tls_handshaking: Duration,
    /// Writing the request.
    pub sending: Duration,
    /// From the last byte written to the answer's headers.
    pub waiting: Duration,
    /// Reading the answer's body.
    pub receiving: Duration,
}

impl Timings {
    /// The whole request.
    pub fn duration(&self) -> Duration {
        self.blocked
            + self.connecting
            + self.tls_handshaking
            + self.sending
            + self.waiting
            + self.receiving
    }

    /// Each part with its name.
    pub const fn parts(&self) -> [(&'static str, Duration); 6] {
        [
            ("blocked", self.blocked),
            ("connecting", self.connecting),
            ("tls_handshaking", self.tls_handshaking),
            ("sending", self.sending),
            ("waiting", self.waiting),
            ("receiving", self.receiving),
        ]
    }
}

/// One request and its answer, or its failure.
#[derive(Debug, Clone)]
pub struct RequestSample<'a> {
    /// The low-cardinality label.
    pub endpoint: &'a str,
    /// GET, POST, ...
    pub method: &'a str,
    /// The answer's status; 0 without an answer.
    pub status: u16,
    /// Whether the right thing happened.
    pub ok: bool,
    /// What happened if not.
    pub error: Option<&'a str>,
    /// How the time was spent. On a failure, what had been spent until then.
    pub timings: Timings,
    /// Bytes sent, headers and body.
    pub bytes_out: u64,
    /// Bytes received, headers and body.
    pub bytes_in: u64,
    /// Our end of the connection.
    pub local_port: u16,
    /// Their end.
    pub remote: Option<SocketAddr>,
    /// Whether the connection had carried a request before.
    pub reused: bool,
    /// The script's own `tags:`, sorted by key.
    pub tags: &'a [(String, String)],
}

/// What kind of value a script's own metric holds (k6's four).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetricKind {
    /// A sum.
    Counter,
    /// The last, smallest and largest value.
    Gauge,
    /// A share of true among true and false.
    Rate,
    /// A distribution.
    Trend,
}

impl MetricKind {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Counter, Self::Gauge, Self::Rate, Self::Trend];

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Rate => "rate",
            Self::Trend => "trend",
        }
    }
}
