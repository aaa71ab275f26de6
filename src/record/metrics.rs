//! What scripts measure themselves: checks and the four kinds of metrics.

use ahash::RandomState;
use indexmap::IndexMap;

use super::built_in;
use super::sample::{MetricKind, Place};
use super::series::OTHER;
use super::value::{MetricValue, Share};

/// How many metrics, and how many checks, a run may name. Scripts that make names of ids would
/// otherwise eat the memory.
pub const MAX_NAMES: usize = 1_000;

/// Why a value could not be recorded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// One name, two kinds.
    #[error("metric `{name}` is a {} already; give the {} another name", .is.as_str(), .wanted.as_str())]
    Conflict {
        /// The metric.
        name: String,
        /// What it was first.
        is: MetricKind,
        /// What it should be now.
        wanted: MetricKind,
    },
    /// A name that coyote itself uses.
    #[error("metric `{0}` is one of coyote's own; give yours another name")]
    BuiltIn(String),
    /// Infinite or not a number.
    #[error("metric `{name}` got the value {value}; only finite numbers can be recorded")]
    NotFinite {
        /// The metric.
        name: String,
        /// What it got.
        value: f64,
    },
    /// Too many names.
    #[error(
        "metric `{0}` is one too many: a run can have {MAX_NAMES}. Are there ids in the names of metrics?"
    )]
    TooMany(String),
}

pub(super) type ByPlace<T> = IndexMap<Place, T, RandomState>;

/// Metrics by name and place: the scripts', or those that coyote itself records the same way. A name
/// keeps the kind it was first used with.
#[derive(Debug, Default)]
pub struct MetricTable {
    metrics: IndexMap<Box<str>, (MetricKind, ByPlace<MetricValue>), RandomState>,
    conflicts: Vec<MetricError>,
}

impl MetricTable {
    /// Adds one value of a script's metric.
    pub fn record(
        &mut self,
        place: Place,
        name: &str,
        kind: MetricKind,
        value: f64,
    ) -> Result<(), MetricError> {
        self.add(place, name, kind, value, |name| built_in::find(name).is_none())
    }

    /// Adds one value of a metric of coyote's own.
    pub(super) fn record_own(
        &mut self,
        place: Place,
        name: &str,
        kind: MetricKind,
        value: f64,
    ) -> Result<(), MetricError> {
        self.add(place, name, kind, value, |_| true)
    }

    fn add(
        &mut self,
        place: Place,
        name: &str,
        kind: MetricKind,
        value: f64,
        may_be_new: fn(&str) -> bool,
    ) -> Result<(), MetricError> {
        if !value.is_finite() {
            return Err(MetricError::NotFinite { name: name.into(), value });
        }
        if let Some((is, places)) = self.metrics.get_mut(name) {
            if *is != kind {
                let (name, is) = (name.into(), *is);
                return Err(MetricError::Conflict { name, is, wanted: kind });
            }
            let first = || MetricValue::first(kind, value);
            places.entry(place).or_insert_with(first).record(value);
            return Ok(());
        }
        if !may_be_new(name) {
            return Err(MetricError::BuiltIn(name.into()));
        }
        if self.metrics.len() == MAX_NAMES {
            return Err(MetricError::TooMany(name.into()));
        }
        self.metrics.insert(name.into(), (kind, ByPlace::default()));
        self.add(place, name, kind, value, may_be_new)
    }

    /// Adds all values of another table. Where two shards used one name for two kinds, the first
    /// stays and the conflict is kept for the summary.
    pub fn merge(&mut self, other: &Self) {
        self.conflicts.extend_from_slice(&other.conflicts);
        for (name, (kind, places)) in &other.metrics {
            let (is, ours) =
                self.metrics.entry(name.clone()).or_insert_with(|| (*kind, ByPlace::default()));
            if is != kind {
                let (name, is) = (name.to_string(), *is);
                self.conflicts.push(MetricError::Conflict { name, is, wanted: *kind });
                continue;
            }
            for (place, value) in places {
                match ours.get_mut(place) {
                    Some(known) => _ = known.merge(value),
                    None => _ = ours.insert(*place, value.clone()),
                }
            }
        }
    }

    /// Every metric with its values by place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ByPlace<MetricValue>)> {
        self.metrics.iter().map(|(name, (_, places))| (&**name, places))
    }

    /// The values of one metric by place.
    pub(super) fn get(&self, name: &str) -> Option<&ByPlace<MetricValue>> {
        self.metrics.get(name).map(|(_, places)| places)
    }

    /// Names that two shards used for two kinds.
    pub fn conflicts(&self) -> &[MetricError] {
        &self.conflicts
    }
}

/// Checks, by name and place.
#[derive(Debug, Default)]
pub struct CheckTable {
    checks: IndexMap<Box<str>, ByPlace<Share>, RandomState>,
}

impl CheckTable {
    /// Adds one result. Beyond [`MAX_NAMES`] names, results count under [`OTHER`].
    pub fn record(&mut self, place: Place, name: &str, ok: bool) {
        self.places(name).entry(place).or_default().record(ok);
    }

    /// Adds all results of another table.
    pub fn merge(&mut self, other: &Self) {
        for (name, theirs) in &other.checks {
            let ours = self.places(name);
            for (place, share) in theirs {
                ours.entry(*place).or_default().merge(share);
            }
        }
    }

    /// Every check with its results by place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ByPlace<Share>)> {
        self.checks.iter().map(|(name, places)| (&**name, places))
    }

    fn places(&mut self, name: &str) -> &mut ByPlace<Share> {
        let index = self.checks.get_index_of(name).unwrap_or_else(|| {
            let name = if self.checks.len() < MAX_NAMES { name } else { OTHER };
            let entry = self.checks.entry(name.into());
            let index = entry.index();
            entry.or_default();
            index
        });
        &mut self.checks[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::PLACE;
    use crate::record::value::{all_shares, all_values};

    fn all(table: &MetricTable, name: &str) -> MetricValue {
        let (_, places) = table.iter().find(|(known, _)| *known == name).expect("recorded");
        all_values(places.values()).expect("has a place")
    }

    fn sum(table: &MetricTable, name: &str) -> Option<f64> {
        match all(table, name) {
            MetricValue::Counter(sum) => Some(sum),
            _ => None,
        }
    }

    #[test]
    fn a_name_keeps_its_kind() {
        let mut table = MetricTable::default();
        table.record(PLACE, "polls", MetricKind::Counter, 2.0).expect("new name");
        let error = table.record(PLACE, "polls", MetricKind::Trend, 1.0).expect_err("other kind");
        assert_eq!(
            error.to_string(),
            "metric `polls` is a counter already; give the trend another name"
        );
        assert_eq!(sum(&table, "polls"), Some(2.0));
    }

    #[test]
    fn names_of_coyote_infinities_and_too_many_names_are_refused() {
        let mut table = MetricTable::default();
        let counter = MetricKind::Counter;
        let refused = table.record(PLACE, "http_reqs", counter, 1.0);
        assert_eq!(refused, Err(MetricError::BuiltIn("http_reqs".into())));
        assert!(table.record(PLACE, "x", counter, f64::NAN).is_err());
        for n in 0..MAX_NAMES {
            table.record(PLACE, &format!("m{n}"), counter, 1.0).expect("room");
        }
        let refused = table.record(PLACE, "one more", counter, 1.0);
        assert_eq!(refused, Err(MetricError::TooMany("one more".into())));
        table.record(PLACE, "m0", counter, 1.0).expect("known names stay usable");
    }

    #[test]
    fn merging_adds_and_keeps_the_last_gauge() {
        let (mut one, mut two) = (MetricTable::default(), MetricTable::default());
        for (first, value) in [(false, 1.0), (true, 5.0), (false, 3.0)] {
            let table = if first { &mut one } else { &mut two };
            table.record(PLACE, "counter", MetricKind::Counter, value).expect("counter");
            table.record(PLACE, "gauge", MetricKind::Gauge, value).expect("gauge");
            table.record(PLACE, "rate", MetricKind::Rate, value - 1.0).expect("rate");
        }
        one.merge(&two);
        assert_eq!(sum(&one, "counter"), Some(9.0));
        let MetricValue::Gauge(gauge) = all(&one, "gauge") else { panic!("a gauge") };
        assert_eq!((gauge.last, gauge.min, gauge.max), (3.0, 1.0, 5.0));
        let MetricValue::Rate(share) = all(&one, "rate") else { panic!("a rate") };
        assert_eq!(share, Share { passes: 2, fails: 1 });
    }

    #[test]
    fn a_conflict_between_shards_is_kept() {
        let (mut one, mut two) = (MetricTable::default(), MetricTable::default());
        one.record(PLACE, "x", MetricKind::Counter, 1.0).expect("new name");
        two.record(PLACE, "x", MetricKind::Trend, 1.0).expect("new name");
        one.merge(&two);
        assert_eq!(one.conflicts().len(), 1);
        assert_eq!(sum(&one, "x"), Some(1.0));
    }

    #[test]
    fn checks_count_by_name() {
        let (mut one, mut two) = (CheckTable::default(), CheckTable::default());
        one.record(PLACE, "status", true);
        two.record(PLACE, "status", false);
        two.record(Place { stage: 1, ..PLACE }, "status", true);
        one.merge(&two);
        let (name, places) = one.iter().next().expect("one check");
        assert_eq!((name, places.len()), ("status", 2));
        assert_eq!(all_shares(places.values()), Share { passes: 2, fails: 1 });
    }
}
