//! The metrics that coyote itself takes, under k6's names. Another one is a line in [`BUILT_IN`]:
//! scripts then cannot use its name, the summary shows it and thresholds judge it.

use super::reading::Reading;
use super::sample::MetricKind;
use super::series::RequestSeries;
use super::totals::ChainSeries;

/// A metric that coyote itself takes.
#[derive(Debug)]
pub struct BuiltIn {
    /// k6's name, or ours where k6 has none.
    pub name: &'static str,
    /// Which of the four it is.
    pub kind: MetricKind,
    pub(super) source: Source,
}

/// Where the values of a metric are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// In each series of requests.
    Requests(fn(&RequestSeries, &mut Reading)),
    /// In each series of chains.
    Chains(fn(&ChainSeries, &mut Reading)),
    /// In the results of checks.
    Checks,
    /// In the number of attackers.
    Attackers,
    /// Where [`Recorder::own`](super::recorder::Recorder::own) put them.
    Recorded,
}

use MetricKind::{Counter, Gauge, Rate, Trend};

/// Every metric that coyote itself takes.
pub static BUILT_IN: &[BuiltIn] = &[
    requests("http_reqs", Counter, |of, all| all.add_count(of.duration.count())),
    requests("http_req_failed", Rate, |of, all| all.add_share(of.failed, of.duration.count())),
    requests("http_req_duration", Trend, |of, all| all.add_durations(&of.duration)),
    // In the order of `Timings::parts`.
    requests("http_req_blocked", Trend, |of, all| all.add_durations(&of.parts[0])),
    requests("http_req_connecting", Trend, |of, all| all.add_durations(&of.parts[1])),
    requests("http_req_tls_handshaking", Trend, |of, all| all.add_durations(&of.parts[2])),
    requests("http_req_sending", Trend, |of, all| all.add_durations(&of.parts[3])),
    requests("http_req_waiting", Trend, |of, all| all.add_durations(&of.parts[4])),
    requests("http_req_receiving", Trend, |of, all| all.add_durations(&of.parts[5])),
    requests("data_sent", Counter, |of, all| all.add_count(of.bytes_out)),
    requests("data_received", Counter, |of, all| all.add_count(of.bytes_in)),
    chains("chains", Counter, |of, all| all.add_count(of.count())),
    chains("chain_failed", Rate, |of, all| all.add_share(of.failed.count(), of.count())),
    chains("chain_duration", Trend, |of, all| {
        all.add_durations(&of.succeeded);
        all.add_durations(&of.failed);
    }),
    chains("dropped_chains", Counter, |of, all| all.add_count(of.dropped)),
    BuiltIn { name: "checks", kind: Rate, source: Source::Checks },
    BuiltIn { name: "attackers", kind: Gauge, source: Source::Attackers },
    // In the open model: how long after its scheduled start a chain began, and how long it took from there,
    // which is what a user of the CA would have waited.
    recorded("chain_delay", Trend),
    recorded("chain_duration_scheduled", Trend),
    // Lookups in the CA's database, in milliseconds, and how many of them failed.
    recorded("db_query_duration", Trend),
    recorded("db_query_failed", Rate),
    recorded(AUDIT[0], Counter),
    recorded(AUDIT[1], Counter),
    recorded(AUDIT[2], Counter),
];

/// What runs have that were audited: rows of the CA's database that are not there, are there more than
/// once, or say otherwise than the CA said.
pub const AUDIT: [&str; 3] = ["audit_lost", "audit_doubled", "audit_contradicting"];

/// The metric called `name`, if it is one of coyote's own.
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|metric| metric.name == name)
}

const fn requests(
    name: &'static str,
    kind: MetricKind,
    add: fn(&RequestSeries, &mut Reading),
) -> BuiltIn {
    BuiltIn { name, kind, source: Source::Requests(add) }
}

const fn chains(
    name: &'static str,
    kind: MetricKind,
    add: fn(&ChainSeries, &mut Reading),
) -> BuiltIn {
    BuiltIn { name, kind, source: Source::Chains(add) }
}

/// A metric whose values [`Recorder::own`](super::recorder::Recorder::own) is given.
pub const fn recorded(name: &'static str, kind: MetricKind) -> BuiltIn {
    BuiltIn { name, kind, source: Source::Recorded }
}

impl BuiltIn {
    /// Whether it has values only in runs where something records them, such as lookups.
    pub fn is_recorded(&self) -> bool {
        matches!(self.source, Source::Recorded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample::Timings;

    #[test]
    fn parts_have_their_index() {
        let names = BUILT_IN.iter().map(|metric| metric.name);
        let parts: Vec<_> = names.filter(|name| name.starts_with("http_req_")).skip(2).collect();
        let timings = Timings::default();
        let expected = timings.parts().map(|(part, _)| format!("http_req_{part}"));
        assert_eq!(parts, expected);
    }

    #[test]
    fn names_are_found_and_differ() {
        for metric in BUILT_IN {
            let found = find(metric.name).map(|found| (found.name, found.kind));
            assert_eq!(found, Some((metric.name, metric.kind)));
            let same = BUILT_IN.iter().filter(|other| other.name == metric.name).count();
            assert_eq!(same, 1, "{}", metric.name);
        }
        assert!(find("http_request").is_none());
    }
}
