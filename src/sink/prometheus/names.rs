//! What metrics are called at Prometheus. Names never change: dashboards go by them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::record::built_in::BUILT_IN;
use crate::record::sample::MetricKind;

/// What a rate is besides a share: two counters, called after it.
pub(super) const PASSES: &str = "_passes";
pub(super) const FAILS: &str = "_fails";

/// The names of one run. Coyote's own are as they are; of those of scripts that are one name to Prometheus
/// the first to come has it, the next is numbered.
#[derive(Debug)]
pub(super) struct Names {
    given: HashMap<String, Arc<str>>,
    /// Names of metrics and of their samples.
    taken: HashSet<String>,
}

impl Names {
    /// Nothing but coyote's own: of all metrics, and of those in `besides`.
    pub(super) fn new(besides: &[(&str, MetricKind)]) -> Self {
        let mut names = Self { given: HashMap::new(), taken: HashSet::new() };
        for (name, kind) in besides {
            names.of(name, *kind);
        }
        for metric in BUILT_IN {
            names.of(metric.name, metric.kind);
        }
        names
    }

    /// What the metric `name` is called, without what its samples end in.
    pub(super) fn of(&mut self, name: &str, kind: MetricKind) -> Arc<str> {
        if let Some(given) = self.given.get(name) {
            return Arc::clone(given);
        }
        let plain = clean(name);
        // What scripts call a total already gets no second one.
        let plain = match plain.strip_suffix("_total") {
            Some(stem) if kind == MetricKind::Counter && !stem.is_empty() => stem,
            _ => &plain,
        };
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let is_free =
            |name: &String| samples(name, kind).iter().all(|sample| !self.taken.contains(sample));
        let given = std::iter::once(plain.to_owned()).chain(numbered).find(is_free);
        let given = given.expect("there are more numbers than names");
        self.taken.extend(samples(&given, kind));
        let given = Arc::from(given);
        self.given.insert(name.to_owned(), Arc::clone(&given));
        given
    }
}

/// A metric's name and what its samples are called.
fn samples(name: &str, kind: MetricKind) -> Vec<String> {
    let counter = |end: &str| [format!("{name}{end}"), format!("{name}{end}_total")];
    let mut all = match kind {
        MetricKind::Counter => counter("").to_vec(),
        MetricKind::Gauge => Vec::new(),
        MetricKind::Rate => [counter(PASSES), counter(FAILS)].concat(),
        MetricKind::Trend => {
            ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).to_vec()
        }
    };
    all.push(name.to_owned());
    all
}

/// `name` with what Prometheus takes in names of metrics and labels: ASCII letters, digits and `_`, and no
/// digit first.
pub(super) fn clean(name: &str) -> String {
    let char = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let clean: String = name.chars().map(char).collect();
    match clean.chars().next() {
        Some(first) if !first.is_ascii_digit() => clean,
        _ => format!("_{clean}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MetricKind::{Counter, Gauge, Rate, Trend};

    #[test]
    fn names_have_what_prometheus_takes() {
        for (name, expected) in [
            ("http_reqs", "http_reqs"),
            ("chain.bytes/s", "chain_bytes_s"),
            ("4xx", "_4xx"),
            ("a:b", "a_b"),
            ("größe", "gr__e"),
            ("", "_"),
        ] {
            assert_eq!(clean(name), expected);
        }
    }

    #[test]
    fn names_that_become_one_are_numbered_and_stay() {
        let mut names = Names::new(&[("process_threads", Gauge)]);
        let expected = [
            ("a.b", Counter, "a_b"),
            ("a_b", Counter, "a_b_2"),
            ("a.b", Counter, "a_b"),
            // Samples would be called alike.
            ("http_reqs_total", Counter, "http_reqs_2"),
            ("http_req_duration_count", Gauge, "http_req_duration_count_2"),
            ("checks_passes", Rate, "checks_passes_2"),
            ("process_threads", Gauge, "process_threads"),
            ("orders_total", Counter, "orders"),
            ("orders", Trend, "orders_2"),
            ("_total", Counter, "_total"),
        ];
        for (name, kind, given) in expected {
            assert_eq!(&*names.of(name, kind), given, "{name}");
        }
    }

    #[test]
    fn coyotes_own_names_are_as_they_are() {
        let mut names = Names::new(&[]);
        for metric in BUILT_IN {
            assert_eq!(&*names.of(metric.name, metric.kind), metric.name);
        }
    }
}
