//! The metrics that coyote itself takes, under k6's names. Another one is a line in [`BUILT_IN`]:
//! scripts then cannot use its name, the summary shows it and thresholds judge it.

use super::gather::Gather;
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
    /// What it is, for whoever meets the name elsewhere.
    pub help: &'static str,
    pub(super) source: Source,
}

/// Where the values of a metric are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// In each series of requests.
    Requests(fn(&RequestSeries, &mut dyn Gather)),
    /// In each series of chains.
    Chains(fn(&ChainSeries, &mut dyn Gather)),
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
    requests("http_reqs", Counter, "Requests", |of, all| all.add_count(of.duration.count())),
    requests("http_req_failed", Rate, "Requests that did not end as they should", |of, all| {
        all.add_share(of.failed, of.duration.count());
    }),
    requests("http_req_duration", Trend, "Whole requests, in ms", |of, all| {
        all.add_durations(&of.duration);
    }),
    // In the order of `Timings::parts`.
    requests("http_req_blocked", Trend, "Of requests, waiting to connect, in ms", |of, all| {
        all.add_durations(&of.parts[0]);
    }),
    requests("http_req_connecting", Trend, "Of requests, TCP connects, in ms", |of, all| {
        all.add_durations(&of.parts[1]);
    }),
    requests("http_req_tls_handshaking", Trend, "Of requests, TLS handshakes, in ms", |of, all| {
        all.add_durations(&of.parts[2]);
    }),
    requests("http_req_sending", Trend, "Of requests, sending them, in ms", |of, all| {
        all.add_durations(&of.parts[3]);
    }),
    requests("http_req_waiting", Trend, "Of requests, the wait for an answer, in ms", |of, all| {
        all.add_durations(&of.parts[4]);
    }),
    requests("http_req_receiving", Trend, "Of requests, reading the answer, in ms", |of, all| {
        all.add_durations(&of.parts[5]);
    }),
    requests("data_sent", Counter, "Bytes of requests, headers and bodies", |of, all| {
        all.add_count(of.bytes_out);
    }),
    requests("data_received", Counter, "Bytes of answers, headers and bodies", |of, all| {
        all.add_count(of.bytes_in);
    }),
    chains("chains", Counter, "Chains that ended, well or badly", |of, all| {
        all.add_count(of.count());
    }),
    chains("chain_failed", Rate, "Chains that failed", |of, all| {
        all.add_share(of.failed.count(), of.count());
    }),
    chains("chain_duration", Trend, "Whole chains, in ms", |of, all| {
        all.add_durations(&of.succeeded);
        all.add_durations(&of.failed);
    }),
    chains("dropped_chains", Counter, "Chains that could not be started on time", |of, all| {
        all.add_count(of.dropped);
    }),
    BuiltIn {
        name: "checks",
        kind: Rate,
        help: "Checks of scripts that held",
        source: Source::Checks,
    },
    BuiltIn { name: "attackers", kind: Gauge, help: "Attackers alive", source: Source::Attackers },
    // In the open model: how long after its scheduled start a chain began, and how long it took from there,
    // which is what a user of the CA would have waited.
    recorded("chain_delay", Trend, "From a chain's scheduled start to its start, in ms"),
    recorded("chain_duration_scheduled", Trend, "Chains from their scheduled start, in ms"),
    recorded("db_query_duration", Trend, "Lookups in the CA's database, in ms"),
    recorded("db_query_failed", Rate, "Lookups in the CA's database that failed"),
    recorded(AUDIT[0], Counter, "What the CA confirmed and its database lacks"),
    recorded(AUDIT[1], Counter, "What the CA's database has more than once"),
    recorded(AUDIT[2], Counter, "What the CA's database says otherwise than the CA"),
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
    help: &'static str,
    add: fn(&RequestSeries, &mut dyn Gather),
) -> BuiltIn {
    BuiltIn { name, kind, help, source: Source::Requests(add) }
}

const fn chains(
    name: &'static str,
    kind: MetricKind,
    help: &'static str,
    add: fn(&ChainSeries, &mut dyn Gather),
) -> BuiltIn {
    BuiltIn { name, kind, help, source: Source::Chains(add) }
}

/// A metric whose values [`Recorder::own`](super::recorder::Recorder::own) is given.
pub const fn recorded(name: &'static str, kind: MetricKind, help: &'static str) -> BuiltIn {
    BuiltIn { name, kind, help, source: Source::Recorded }
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
