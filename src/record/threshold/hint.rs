//! Why a threshold found no samples: typing errors that only a run shows.

use super::check::request_tags;
use super::expression::{Tag, Threshold};
use crate::nearest::nearest;
use crate::record::built_in::Source;
use crate::record::reading::{Aggregation, Reading};
use crate::record::totals::Totals;

impl Threshold {
    /// Why there may be no samples, or none that fit.
    pub(super) fn hint(&self, reading: &Reading, totals: &Totals) -> Option<String> {
        let text = &self.text;
        if let Some(kind) = reading.kind() {
            let (metric, is, has) = (&self.metric, kind.as_str(), Aggregation::of(kind));
            let misfit = !self.aggregation.fits(kind);
            return misfit
                .then(|| format!("threshold {text}: `{metric}` is a {is}, which has {has}"));
        }
        let misspelt = match self.built_in().map(|metric| metric.source) {
            Some(Source::Requests(_)) => {
                self.tags.iter().find_map(|tag| misspelt_on_requests(tag, totals))
            }
            Some(Source::Checks) => self.tags.iter().find_map(|tag| misspelt_check(tag, totals)),
            Some(_) => None,
            None => {
                let names = totals.metrics.iter().map(|(name, _)| name);
                let near = nearest(&self.metric, names).filter(|near| *near != self.metric);
                near.map(|near| ("metric", self.metric.as_str(), near.to_owned()))
            }
        };
        misspelt.map(|(what, given, near)| {
            format!("threshold {text}: there was no {what} `{given}`; did you mean `{near}`?")
        })
    }
}

/// What was not found, as it was given, and what is near.
type Misspelt<'a> = (&'a str, &'a str, String);

fn misspelt_on_requests<'a>(tag: &'a Tag, totals: &Totals) -> Option<Misspelt<'a>> {
    let keys = || totals.requests.iter().map(|(key, _)| key);
    let series = || keys().map(|key| &*key.labels);
    let value = tag.value.as_str();
    let near = |what, given, seen: Vec<&str>| {
        let found = nearest(given, seen.iter().copied()).filter(|_| !seen.contains(&given));
        found.map(|near| (what, given, near.to_owned()))
    };
    match tag.key.as_str() {
        "endpoint" => near("endpoint", value, series().map(|of| &*of.endpoint).collect()),
        "method" => near("method", value, series().map(|of| &*of.method).collect()),
        known if request_tags().any(|tag| tag == known) => None,
        own => {
            let tags = || keys().flat_map(|key| key.tags(&totals.labels));
            let known = tags().map(|(key, _)| key).chain(request_tags()).collect();
            let values = tags().filter(|(key, _)| *key == own).map(|(_, value)| value);
            near("tag", own, known).or_else(|| near(own, value, values.collect()))
        }
    }
}

fn misspelt_check<'a>(tag: &'a Tag, totals: &Totals) -> Option<Misspelt<'a>> {
    let names = || totals.checks.iter().map(|(name, _)| name);
    let missing = tag.key == "check" && !names().any(|name| name == tag.value);
    let near = nearest(&tag.value, names()).filter(|_| missing);
    near.map(|near| ("check", tag.value.as_str(), near.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::totals;

    fn hints(text: &str) -> Vec<String> {
        let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
        threshold.hint(&threshold.read(&totals()), &totals()).into_iter().collect()
    }

    #[test]
    fn typing_errors_that_only_the_run_shows() {
        for (text, hint) in [
            (
                "http_reqs{endpoint:new-ordr}: count<1",
                "no endpoint `new-ordr`; did you mean `new-order`?",
            ),
            ("http_reqs{endpont:new-order}: count<1", "no tag `endpont`; did you mean `endpoint`?"),
            ("http_reqs{case:plian}: count<1", "no case `plian`; did you mean `plain`?"),
            ("http_reqs{method:POTS}: count<1", "no method `POTS`; did you mean `POST`?"),
            ("checks{check:the order is pendin}: rate<1", "did you mean `the order is pending`?"),
            ("bad_nonce: count<1", "no metric `bad_nonce`; did you mean `bad_nonces`?"),
            ("bad_nonces: avg<1", "`bad_nonces` is a counter, which has count and rate"),
        ] {
            let hints = hints(text);
            assert_eq!(hints.len(), 1, "{text}");
            assert!(hints[0].starts_with(&format!("threshold {text}: ")), "{hints:?}");
            assert!(hints[0].ends_with(hint), "{hints:?}");
        }
    }
}
