//! Which values a threshold is about.

use super::expression::{Tag, Threshold};
use crate::record::built_in::Source;
use crate::record::gather::Gather;
use crate::record::metrics::MetricTable;
use crate::record::reading::Reading;
use crate::record::sample::{Place, RunLabels};
use crate::record::series::SeriesKey;
use crate::record::totals::Totals;

impl Threshold {
    /// The values in `totals` that it is about. It looks at every series once and at every value of
    /// none: what an abort costs each shard once a second.
    pub(super) fn read(&self, totals: &Totals) -> Reading {
        let mut reading = Reading::Nothing;
        let labels = &*totals.labels;
        let in_place = |place: &Place| self.tags.iter().all(|tag| is_of_place(tag, *place, labels));
        match self.built_in().map(|metric| metric.source) {
            Some(Source::Requests(add)) => {
                let picked = |key: &SeriesKey| self.tags.iter().all(|tag| is_of(tag, key, labels));
                let series = totals.requests.iter().filter(|(key, _)| picked(key));
                series.for_each(|(_, series)| add(series, &mut reading));
            }
            Some(Source::Chains(add)) => {
                let series = totals.chains.iter().filter(|(place, _)| in_place(place));
                series.for_each(|(_, series)| add(series, &mut reading));
            }
            Some(Source::Checks) => {
                for (name, places) in totals.checks.iter() {
                    let picked = |place: &Place| {
                        self.tags.iter().all(|tag| match tag.key.as_str() {
                            "check" => tag.value == name,
                            _ => is_of_place(tag, *place, labels),
                        })
                    };
                    let shares = places.iter().filter(|(place, _)| picked(place));
                    shares.for_each(|(_, share)| reading.add_share(share.passes, share.count()));
                }
            }
            Some(Source::Attackers) => {
                if let Some(attackers) = totals.attackers {
                    reading = Reading::Attackers(attackers.now);
                }
            }
            Some(Source::Recorded) => self.read_table(&totals.own, in_place, &mut reading),
            None => self.read_table(&totals.metrics, in_place, &mut reading),
        }
        reading
    }

    fn read_table(
        &self,
        table: &MetricTable,
        picked: impl Fn(&Place) -> bool,
        reading: &mut Reading,
    ) {
        let places = table.get(&self.metric).into_iter().flatten();
        places.filter(|(place, _)| picked(place)).for_each(|(_, value)| reading.add(value));
    }
}

/// Whether requests of the series have this tag.
fn is_of(tag: &Tag, key: &SeriesKey, labels: &RunLabels) -> bool {
    let (of, value) = (&*key.labels, tag.value.as_str());
    match tag.key.as_str() {
        "endpoint" => &*of.endpoint == value,
        "method" => &*of.method == value,
        "status" => value.parse() == Ok(of.status),
        "expected_response" => (value == "true") == of.ok,
        "chain" | "scenario" | "stage" => is_of_place(tag, key.place, labels),
        own => key.tags(labels).any(|(key, theirs)| key == own && theirs == value),
    }
}

fn is_of_place(tag: &Tag, place: Place, labels: &RunLabels) -> bool {
    let named = |names: &[String], at: u16| {
        names.get(usize::from(at)).is_some_and(|name| *name == tag.value)
    };
    match tag.key.as_str() {
        "chain" => named(&labels.chains, place.chain),
        "scenario" => named(&labels.scenarios, place.scenario),
        "stage" => is_stage(&tag.value, usize::from(place.stage), &labels.stages),
        own => labels.scenario_tags(place).iter().any(|(key, v)| key == own && *v == tag.value),
    }
}

/// Whether `value` is the name of stage `at`, or its number, which counts from 1: names change with
/// the numbers of attackers.
pub(super) fn is_stage(value: &str, at: usize, names: &[String]) -> bool {
    names.get(at).is_some_and(|name| name == value) || value.parse() == Ok(at + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::fixture::{PLACE, totals};
    use crate::record::sample::MetricKind;

    #[track_caller]
    fn figure(text: &str) -> Option<f64> {
        let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
        threshold.read(&totals()).figure(threshold.aggregation, Duration::from_secs(10))
    }

    #[test]
    fn every_source() {
        for (text, expected) in [
            ("http_reqs: count>0", 124.0),
            ("http_reqs: rate>0", 12.4),
            ("http_req_failed: rate>0", 14.0 / 124.0),
            ("http_req_duration: max>0", 100.0),
            ("http_req_waiting: p(95)>0", 93.0),
            ("http_req_connecting: avg>0", 0.0),
            ("data_sent: count>0", 12_400.0),
            ("data_received: count>0", 124_000.0),
            ("chains: count>0", 50.0),
            ("chain_failed: rate>0", 0.2),
            ("chain_duration: med>0", 1_000.0),
            ("dropped_chains: count>0", 1.0),
            ("checks: rate>0", 0.8),
            ("attackers: value>0", 100.0),
            ("bad_nonces: count>0", 6.5),
            ("open_orders: value>0", 2.5),
            ("reused_authz: rate>0", 2.0 / 3.0),
            ("chain_bytes: p(50)>0", 2.5),
        ] {
            assert_eq!(figure(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn every_tag() {
        for (text, expected) in [
            ("http_req_duration{endpoint:new-order}: p(95)>0", 95.0),
            ("http_reqs{endpoint:new-nonce,status:200}: count>0", 20.0),
            ("http_reqs{status:0}: count>0", 4.0),
            ("http_reqs{method:POST}: count>0", 124.0),
            ("http_reqs{expected_response:false}: count>0", 14.0),
            ("http_reqs{case:plain,stage:1}: count>0", 40.0),
            ("http_reqs{stage:\"2: 100 attackers\",scenario:default}: count>0", 64.0),
            ("chains{chain:new-authorization,stage:2}: count>0", 50.0),
            ("checks{check:the order is pending}: rate>0", 0.8),
            ("bad_nonces{stage:1}: count>0", 6.5),
        ] {
            assert_eq!(figure(text), Some(expected), "{text}");
        }
        for nothing in [
            "http_reqs{method:GET}: count>0",
            "http_reqs{case:other}: count>0",
            "chain_duration{chain:never}: avg>0",
            "checks{check:other}: rate>0",
            "bad_nonces{stage:2}: count>0",
        ] {
            assert_eq!(figure(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_coyote_records_itself() {
        let mut totals = totals();
        for (stage, millis) in [(0, 2.0), (0, 4.0), (1, 40.0)] {
            let place = Place { stage, ..PLACE };
            totals.own(place, "db_query_duration", MetricKind::Trend, millis);
        }
        let max = |text: &str| {
            let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{error}"));
            threshold.read(&totals).figure(threshold.aggregation, Duration::from_secs(10))
        };
        assert_eq!(max("db_query_duration: max<1"), Some(40.0));
        assert_eq!(max("db_query_duration{stage:1}: max<1"), Some(4.0));
        assert_eq!(max("db_query_failed: rate<1"), None);
    }
}
