//! What tells the series of a metric apart: the tags that thresholds know.

use std::borrow::Cow;

use super::names::clean;
use crate::record::sample::{Place, RunLabels};
use crate::record::snapshot::Key;

/// Names and values, in order.
pub(super) type Labels = Vec<(Cow<'static, str>, String)>;

/// What Prometheus itself puts on histograms and summaries.
const RESERVED: [&str; 2] = ["le", "quantile"];

/// The labels of a series.
pub(super) fn of(key: &Key, run: &RunLabels) -> Labels {
    match key {
        Key::Run => Labels::new(),
        Key::Place(place) => tagged(of_place(*place, run), of_scenario(*place, run)),
        Key::Check(name, place) => {
            let mut labels = vec![label("check", name.as_ref())];
            labels.extend(of_place(*place, run));
            tagged(labels, of_scenario(*place, run))
        }
        Key::Request(key) => {
            let request = &key.labels;
            let mut labels = vec![
                label("endpoint", request.endpoint.as_ref()),
                label("method", request.method.as_ref()),
                label("status", request.status.to_string()),
                label("expected_response", request.ok.to_string()),
            ];
            labels.extend(of_place(key.place, run));
            tagged(labels, key.tags(run))
        }
    }
}

/// `labels` and these tags.
fn tagged<'a>(mut labels: Labels, tags: impl Iterator<Item = (&'a str, &'a str)>) -> Labels {
    for (tag, value) in tags {
        labels.push((own(tag, &labels).into(), value.to_owned()));
    }
    labels
}

/// The tags that the scenario at `place` has.
fn of_scenario(place: Place, run: &RunLabels) -> impl Iterator<Item = (&str, &str)> {
    run.scenario_tags(place).iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

fn of_place(place: Place, run: &RunLabels) -> Labels {
    let (chain, scenario, stage) = (run.chain(place), run.scenario(place), run.stage(place));
    vec![label("chain", chain), label("scenario", scenario), label("stage", stage)]
}

fn label(name: &'static str, value: impl Into<String>) -> (Cow<'static, str>, String) {
    (Cow::Borrowed(name), value.into())
}

/// The name of a tag of scripts or scenarios beside these labels: `tag_endpoint` where there is an `endpoint`.
fn own(tag: &str, beside: &Labels) -> String {
    let mut name = clean(tag);
    let is_taken = |name: &str| {
        name.starts_with("__")
            || RESERVED.contains(&name)
            || beside.iter().any(|(known, _)| known == name)
    };
    while is_taken(&name) {
        name.insert_str(0, "tag_");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_take_no_names_that_mean_something_else() {
        let mut beside = vec![label("endpoint", "order"), label("chain", "c")];
        let mut named = |tag: &str| {
            let name = own(tag, &beside);
            beside.push((Cow::Owned(name.clone()), String::new()));
            name
        };
        for (tag, expected) in [
            ("case", "case"),
            ("endpoint", "tag_endpoint"),
            ("tag_endpoint", "tag_tag_endpoint"),
            ("le", "tag_le"),
            ("__name__", "tag___name__"),
            ("a.b", "a_b"),
            ("a b", "tag_a_b"),
        ] {
            assert_eq!(named(tag), expected);
        }
    }
}
