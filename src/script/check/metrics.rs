//! The metrics that a script's text says it makes.

use super::uses::{Call, Uses};
use crate::record::sample::MetricKind;
use crate::record::threshold::MetricNames;

/// What the calls of `metric::*` in `uses` name. A name that is computed can be any.
pub(super) fn made_by<'a>(uses: impl Iterator<Item = &'a Uses>) -> MetricNames {
    let mut names = MetricNames::default();
    for (call, kind) in uses.flat_map(|uses| &uses.calls).filter_map(of_metric) {
        match &call.first_text {
            Some(name) => _ = names.known.entry(name.clone()).or_default().insert(kind),
            None => names.open = true,
        }
    }
    names
}

/// The kind of metric that a call gives a value to, if it does.
fn of_metric(call: &Call) -> Option<(&Call, MetricKind)> {
    let kind = MetricKind::ALL.into_iter().find(|kind| kind.as_str() == call.target.name)?;
    (call.target.path == ["metric"]).then_some((call, kind))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::record::sample::MetricKind;
    use crate::record::threshold::MetricNames;
    use crate::script::check::Checker;
    use crate::script::fixture;

    fn names(text: &str) -> MetricNames {
        let mut checker = Checker::new(fixture::engine(), fixture::stdlib(), fixture::OPTION_KEYS);
        checker.metrics("x.rhai".as_ref(), text)
    }

    #[test]
    fn literal_names_are_known() {
        let text = "fn chain() { metric::counter(\"a\", 1); [1].map(|x| metric::trend(\"b\", x)); \
                    if false { metric::rate(\"a\", true); } counter(\"c\", 1); }";
        let found = names(text);
        assert!(!found.open);
        let kinds = |name: &str| found.known.get(name).cloned().unwrap_or_default();
        assert_eq!(kinds("a"), BTreeSet::from([MetricKind::Counter, MetricKind::Rate]));
        assert_eq!(kinds("b"), BTreeSet::from([MetricKind::Trend]));
        assert_eq!(found.known.len(), 2);
    }

    #[test]
    fn computed_names_leave_it_open() {
        assert!(names("fn chain() { metric::gauge(`a${1}`, 1); }").open);
        assert!(names("const A = \"a\"; fn chain() { metric::gauge(global::A, 1); }").open);
        assert!(!names("fn chain() { http::get(`a${1}`); }").open);
    }
}
