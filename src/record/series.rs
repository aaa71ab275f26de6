//! Requests, stored once per combination of everything they can be told apart by.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use ahash::RandomState;
use indexmap::{Equivalent, IndexMap, IndexSet};

use super::distribution::Distribution;
use super::sample::{Place, RequestSample, RunLabels};

/// What may be told apart: beyond it, requests are counted under the endpoint [`OTHER`], so that a
/// script with ids in its endpoints or tags cannot eat the memory.
pub const MAX_LABELS: usize = 10_000;

/// The name of what is left over when there are too many names.
pub const OTHER: &str = "other";

/// What a request is told apart by, besides its place in the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The low-cardinality name of what was asked for.
    pub endpoint: Box<str>,
    /// GET, POST, ...
    pub method: Box<str>,
    /// The answer's status; 0 without an answer.
    pub status: u16,
    /// Whether the right thing happened.
    pub ok: bool,
    /// The script's own tags, sorted by key.
    pub tags: Box<[(String, String)]>,
}

/// Identifies one series of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesKey {
    /// What was asked and answered.
    pub labels: Arc<Labels>,
    /// Where in the run.
    pub place: Place,
}

/// A key as it comes with a sample: finding a series must not allocate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct KeyRef<'a> {
    labels: LabelsRef<'a>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct LabelsRef<'a> {
    endpoint: &'a str,
    method: &'a str,
    status: u16,
    ok: bool,
    tags: &'a [(String, String)],
}

impl Labels {
    fn borrowed(&self) -> LabelsRef<'_> {
        let Self { endpoint, method, status, ok, tags } = self;
        LabelsRef { endpoint, method, status: *status, ok: *ok, tags }
    }
}

impl LabelsRef<'_> {
    fn to_labels(self) -> Labels {
        Labels {
            endpoint: self.endpoint.into(),
            method: self.method.into(),
            status: self.status,
            ok: self.ok,
            tags: self.tags.into(),
        }
    }
}

impl SeriesKey {
    /// The tags of its requests: the script's own, and those of their scenario under other keys.
    pub fn tags<'a>(&'a self, labels: &'a RunLabels) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = &self.labels.tags;
        let of_scenario = labels.scenario_tags(self.place).iter();
        let of_scenario = of_scenario.filter(|(key, _)| !own.iter().any(|(other, _)| other == key));
        own.iter().chain(of_scenario).map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn borrowed(&self) -> KeyRef<'_> {
        KeyRef { labels: self.labels.borrowed(), place: self.place }
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Hash for SeriesKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<SeriesKey> for KeyRef<'_> {
    fn equivalent(&self, key: &SeriesKey) -> bool {
        *self == key.borrowed()
    }
}

impl Equivalent<Arc<Labels>> for LabelsRef<'_> {
    fn equivalent(&self, key: &Arc<Labels>) -> bool {
        *self == key.borrowed()
    }
}

/// The requests of one key, or of several merged.
#[derive(Debug, Clone, Default)]
pub struct RequestSeries {
    /// Whole requests, in microseconds.
    pub duration: Distribution,
    /// Parts of requests, in microseconds, in the order of [`Timings::parts`](super::sample::Timings::parts).
    pub parts: [Distribution; 6],
    /// Requests that did not end as they should.
    pub failed: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
}

impl RequestSeries {
    fn record(&mut self, sample: &RequestSample<'_>) {
        self.duration.record(micros(sample.timings.duration()));
        for (part, (_, took)) in self.parts.iter_mut().zip(sample.timings.parts()) {
            part.record(micros(took));
        }
        self.failed += u64::from(!sample.ok);
        self.bytes_out += sample.bytes_out;
        self.bytes_in += sample.bytes_in;
    }

    /// Adds all requests of another one.
    pub fn merge(&mut self, other: &Self) {
        self.duration.merge(&other.duration);
        for (part, theirs) in self.parts.iter_mut().zip(&other.parts) {
            part.merge(theirs);
        }
        self.failed += other.failed;
        self.bytes_out += other.bytes_out;
        self.bytes_in += other.bytes_in;
    }
}

/// All series of requests.
#[derive(Debug, Default)]
pub struct RequestTable {
    series: IndexMap<SeriesKey, RequestSeries, RandomState>,
    labels: IndexSet<Arc<Labels>, RandomState>,
}

impl RequestTable {
    /// Adds one request to its series.
    pub fn record(&mut self, place: Place, sample: &RequestSample<'_>) {
        let labels = LabelsRef {
            endpoint: sample.endpoint,
            method: sample.method,
            status: sample.status,
            ok: sample.ok,
            tags: sample.tags,
        };
        self.entry(KeyRef { labels, place }).record(sample);
    }

    /// Adds all series of another table.
    pub fn merge(&mut self, other: &Self) {
        for (key, series) in &other.series {
            self.entry(key.borrowed()).merge(series);
        }
    }

    /// Every series with its key.
    pub fn iter(&self) -> impl Iterator<Item = (&SeriesKey, &RequestSeries)> {
        self.series.iter()
    }

    /// The requests that count under [`OTHER`] because there were too many names.
    pub fn folded(&self) -> u64 {
        let is_folded =
            |key: &SeriesKey| key.borrowed().labels == folded_labels(key.borrowed().labels);
        let folded = self.series.iter().filter(|(key, _)| is_folded(key));
        folded.map(|(_, series)| series.duration.count()).sum()
    }

    fn entry(&mut self, key: KeyRef<'_>) -> &mut RequestSeries {
        let index = match self.series.get_index_of(&key) {
            Some(index) => index,
            None => self.insert(key),
        };
        &mut self.series[index]
    }

    #[cold]
    fn insert(&mut self, mut key: KeyRef<'_>) -> usize {
        if !self.has_room_for(key.labels) {
            key.labels = folded_labels(key.labels);
        }
        let labels = self.labels.get(&key.labels).cloned().unwrap_or_else(|| {
            let labels = Arc::new(key.labels.to_labels());
            self.labels.insert(Arc::clone(&labels));
            labels
        });
        let entry = self.series.entry(SeriesKey { labels, place: key.place });
        let index = entry.index();
        entry.or_default();
        index
    }

    fn has_room_for(&self, labels: LabelsRef<'_>) -> bool {
        self.labels.len() < MAX_LABELS || self.labels.contains(&labels)
    }
}

/// What is left of labels when there are too many: only what has few values.
fn folded_labels(labels: LabelsRef<'_>) -> LabelsRef<'_> {
    LabelsRef { endpoint: OTHER, method: OTHER, tags: &[], ..labels }
}

/// Whole microseconds: what every duration is recorded in.
pub(super) fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::{PLACE, sample};

    #[test]
    fn one_series_for_each_combination() {
        let mut table = RequestTable::default();
        let tags = [("case".to_owned(), "a".to_owned())];
        for _ in 0..3 {
            table.record(PLACE, &sample("order", 201, 5));
            table.record(PLACE, &sample("order", 429, 5));
            table.record(Place { stage: 1, ..PLACE }, &sample("order", 201, 5));
            table.record(PLACE, &RequestSample { tags: &tags, ..sample("order", 201, 5) });
        }
        let counts: Vec<u64> = table.iter().map(|(_, series)| series.duration.count()).collect();
        assert_eq!(counts, [3, 3, 3, 3]);
    }

    #[test]
    fn parts_add_up() {
        let mut table = RequestTable::default();
        table.record(PLACE, &sample("order", 201, 5));
        let (_, series) = table.iter().next().expect("one series");
        assert_eq!(series.duration.max(), Some(5_000));
        let parts: u64 = series.parts.iter().filter_map(Distribution::max).sum();
        assert_eq!(parts, 5_000);
    }

    #[test]
    fn too_many_endpoints_become_other() {
        let mut table = RequestTable::default();
        for id in 0..MAX_LABELS + 50 {
            table.record(PLACE, &sample(&format!("order/{id}"), 200, 1));
        }
        table.record(PLACE, &sample("order/0", 200, 1));
        assert_eq!(table.iter().count(), MAX_LABELS + 1);
        assert_eq!(table.folded(), 50);
        let other = table.iter().find(|(key, _)| &*key.labels.endpoint == OTHER);
        assert_eq!(other.map(|(_, series)| series.duration.count()), Some(50));
    }

    #[test]
    fn stages_do_not_count_as_names() {
        let mut table = RequestTable::default();
        for stage in 0..=MAX_LABELS as u16 {
            table.record(Place { stage, ..PLACE }, &sample("order", 200, 1));
        }
        assert_eq!(table.folded(), 0);
    }
}
