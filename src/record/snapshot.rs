//! What one shard has measured so far, reduced to what is told while a run goes on.
//!
//! A copy of all histograms could be a hundred megabytes, made while attackers wait. Counting their values
//! by fixed bounds reads each once and keeps a few hundred bytes.

use std::borrow::Cow;
use std::sync::Arc;

use super::built_in::{BUILT_IN, BuiltIn, Source};
use super::figure::{Figure, TrendOf};
use super::gather::Gather;
use super::metrics::ByPlace;
use super::sample::{MetricKind, Place, RunLabels};
use super::series::SeriesKey;
use super::totals::Totals;
use super::value::MetricValue;

/// What a shard has measured so far, by metric.
#[derive(Debug)]
pub struct Snapshot {
    /// The names that places stand for.
    pub labels: Arc<RunLabels>,
    /// Coyote's metrics that have values, and the scripts' own.
    pub families: Vec<Family>,
}

/// One metric.
#[derive(Debug)]
pub struct Family {
    /// Its name, as thresholds have it.
    pub name: Cow<'static, str>,
    /// Which of the four it is.
    pub kind: MetricKind,
    /// What coyote has to say of it; nothing of a script's.
    pub help: Option<&'static str>,
    /// Its values.
    pub series: Vec<(Key, Figure)>,
}

/// What the values of a series have in common.
#[derive(Debug, Clone)]
pub enum Key {
    /// They are of the run.
    Run,
    /// Where they were taken.
    Place(Place),
    /// Of which check, and where.
    Check(Box<str>, Place),
    /// Of which requests.
    Request(SeriesKey),
}

impl Snapshot {
    /// What `totals` has now.
    pub fn of(totals: &Totals) -> Self {
        let own = BUILT_IN.iter().map(|metric| built_in(metric, totals));
        let scripts = totals.metrics.iter().filter_map(|(name, places)| {
            let kind = places.values().next()?.kind();
            let series = by_place(places, TrendOf::Anything);
            Some(Family { name: Cow::Owned(name.to_owned()), kind, help: None, series })
        });
        let families = own.chain(scripts).filter(|family| !family.series.is_empty()).collect();
        Self { labels: Arc::clone(&totals.labels), families }
    }
}

fn built_in(metric: &BuiltIn, totals: &Totals) -> Family {
    let series = match metric.source {
        Source::Requests(add) => totals
            .requests
            .iter()
            .map(|(key, series)| (Key::Request(key.clone()), gathered(|all| add(series, all))))
            .collect(),
        Source::Chains(add) => totals
            .chains
            .iter()
            .map(|(place, series)| (Key::Place(*place), gathered(|all| add(series, all))))
            .collect(),
        Source::Checks => {
            let shares = totals.checks.iter().flat_map(|(name, places)| {
                places.iter().map(move |(place, share)| (name, *place, *share))
            });
            shares
                .map(|(name, place, share)| (Key::Check(name.into(), place), Figure::Share(share)))
                .collect()
        }
        Source::Attackers => {
            let now = totals.attackers.map(|attackers| Figure::Sum(attackers.now.into()));
            now.map(|figure| (Key::Run, figure)).into_iter().collect()
        }
        Source::Recorded => {
            totals.own.get(metric.name).map_or_else(Vec::new, |own| by_place(own, TrendOf::Times))
        }
    };
    Family { name: Cow::Borrowed(metric.name), kind: metric.kind, help: Some(metric.help), series }
}

fn gathered(gather: impl FnOnce(&mut dyn Gather)) -> Figure {
    let mut figure = Figure::Nothing;
    gather(&mut figure);
    figure
}

fn by_place(places: &ByPlace<MetricValue>, of: TrendOf) -> Vec<(Key, Figure)> {
    let figure = |value: &MetricValue| {
        let mut figure = Figure::Nothing;
        figure.add(value, of);
        figure
    };
    places.iter().map(|(place, value)| (Key::Place(*place), figure(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::totals;

    fn family<'a>(snapshot: &'a Snapshot, name: &str) -> &'a Family {
        let found = snapshot.families.iter().find(|family| family.name == name);
        found.unwrap_or_else(|| panic!("no {name}"))
    }

    /// All series of a metric together.
    fn all(snapshot: &Snapshot, name: &str) -> Figure {
        let mut all = Figure::Nothing;
        family(snapshot, name).series.iter().for_each(|(_, figure)| all.merge(figure));
        all
    }

    #[test]
    fn every_source_is_told() {
        let snapshot = Snapshot::of(&totals());
        let sum = |name| match all(&snapshot, name) {
            Figure::Sum(sum) => sum,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!((sum("http_reqs"), sum("data_sent"), sum("chains")), (124.0, 12_400.0, 50.0));
        assert_eq!((sum("attackers"), sum("dropped_chains"), sum("bad_nonces")), (100.0, 1.0, 6.5));
        for (name, passes, count) in
            [("http_req_failed", 14, 124), ("checks", 40, 50), ("reused_authz", 2, 3)]
        {
            let Figure::Share(share) = all(&snapshot, name) else { panic!("{name} is a rate") };
            assert_eq!((share.passes, share.count()), (passes, count), "{name}");
        }
        for (name, count, total) in [
            ("http_req_duration", 124, 5_090.0),
            ("chain_duration", 50, 5e4),
            ("chain_bytes", 3, 6.5),
        ] {
            let Figure::Buckets(buckets) = all(&snapshot, name) else {
                panic!("{name} is a trend")
            };
            assert_eq!((buckets.count(), buckets.sum()), (count, total), "{name}");
        }
        let Figure::Last(gauge) = all(&snapshot, "open_orders") else { panic!("a gauge") };
        assert_eq!((gauge.last, gauge.min), (2.5, 0.0));
    }

    #[test]
    fn series_are_those_of_the_totals() {
        let snapshot = Snapshot::of(&totals());
        assert_eq!(family(&snapshot, "http_req_waiting").series.len(), 6);
        assert!(matches!(family(&snapshot, "checks").series[..], [(Key::Check(..), _)]));
        assert!(matches!(family(&snapshot, "attackers").series[..], [(Key::Run, _)]));
        let known = |name| snapshot.families.iter().any(|family| family.name == name);
        assert!(!known("db_query_duration"), "nothing was looked up");
    }
}
