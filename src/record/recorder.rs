//! Takes every sample of one shard.

use std::sync::Arc;
use std::time::Duration;

use super::errors::ErrorSource;
use super::interval::Interval;
use super::metrics::MetricError;
use super::sample::{MetricKind, Place, RequestSample, RunLabels};
use super::series::micros;
use super::tap::Tap;
use super::totals::{AttackerGauge, Totals};
use super::value::Share;

/// One shard's recorder. It is on the path of every request: finding a series takes one lookup
/// and allocates nothing.
#[derive(Debug)]
pub struct Recorder {
    totals: Totals,
    interval: Interval,
    tap: Option<Tap>,
}

impl Recorder {
    /// A recorder for a run with these names.
    pub fn new(labels: Arc<RunLabels>) -> Self {
        Self { totals: Totals::new(labels), interval: Interval::default(), tap: None }
    }

    /// Has sinks get each event, too.
    #[must_use]
    pub fn tapped(self, tap: Option<Tap>) -> Self {
        Self { tap, ..self }
    }

    /// Where events go, if a sink wants them.
    pub fn tap(&mut self) -> Option<&mut Tap> {
        self.tap.as_mut()
    }

    /// A request ended.
    pub fn request(&mut self, place: Place, sample: &RequestSample<'_>) {
        self.totals.requests.record(place, sample);
        if let Some(error) = sample.error {
            self.totals.errors.record(ErrorSource::Request, error);
        }
        self.interval.requests += 1;
        self.interval.requests_failed += u64::from(!sample.ok);
        self.interval.answered += u64::from(sample.status != 0);
        self.interval.latency.record(micros(sample.timings.duration()));
    }

    /// A chain ended: well, or with `error`.
    pub fn chain(&mut self, place: Place, took: Duration, error: Option<&str>) {
        let series = self.totals.chains.entry(place).or_default();
        let interval = self.interval.chain(usize::from(place.chain));
        interval.ended += 1;
        interval.latency.record(micros(took));
        match error {
            None => series.succeeded.record(micros(took)),
            Some(error) => {
                series.failed.record(micros(took));
                self.totals.errors.record(ErrorSource::Chain, error);
                interval.failed += 1;
            }
        }
    }

    /// A case found that the CA does not offer what it needs: neither well nor badly ended.
    pub fn not_offered(&mut self, place: Place) {
        self.totals.chains.entry(place).or_default().not_offered += 1;
    }

    /// A script checked something.
    pub fn check(&mut self, place: Place, name: &str, ok: bool) {
        self.totals.checks.record(place, name, ok);
        self.interval.checks_failed += u64::from(!ok);
    }

    /// The names of the checks of `chain` that did not always hold so far.
    pub fn failed_checks(&self, chain: u16) -> impl Iterator<Item = &str> {
        let failed =
            move |(place, share): (&Place, &Share)| place.chain == chain && share.fails > 0;
        let checks = self.totals.checks.iter();
        checks.filter(move |(_, places)| places.iter().any(failed)).map(|(name, _)| name)
    }

    /// A script measured something itself. For a rate, 0 is false and everything else true.
    pub fn metric(
        &mut self,
        place: Place,
        name: &str,
        kind: MetricKind,
        value: f64,
    ) -> Result<(), MetricError> {
        self.totals.metrics.record(place, name, kind, value)?;
        if kind == MetricKind::Counter {
            self.interval.count(name, value);
        }
        Ok(())
    }

    /// Coyote itself measured something, as a metric that is
    /// [`recorded`](super::built_in::recorded) in the registry.
    pub fn own(&mut self, place: Place, name: &str, kind: MetricKind, value: f64) {
        self.totals.own(place, name, kind, value);
    }

    /// A script asked the database.
    pub fn lookup(&mut self, place: Place, took: Duration, ok: bool) {
        let failed = f64::from(u8::from(!ok));
        self.own(place, "db_query_duration", MetricKind::Trend, took.as_secs_f64() * 1e3);
        self.own(place, "db_query_failed", MetricKind::Rate, failed);
    }

    /// A chain of the open model began `delay` after it should have, and took `took` from there.
    pub fn behind_schedule(&mut self, place: Place, delay: Duration, took: Duration) {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        self.own(place, "chain_delay", MetricKind::Trend, ms(delay));
        self.own(place, "chain_duration_scheduled", MetricKind::Trend, ms(delay + took));
    }

    /// The number of attackers of this shard, each second.
    pub fn attackers(&mut self, now: u32) {
        if let Some(tap) = &mut self.tap {
            tap.second(now);
        }
        let AttackerGauge { min, max, .. } =
            self.totals.attackers.unwrap_or(AttackerGauge { now, min: now, max: now });
        self.totals.attackers = Some(AttackerGauge { now, min: min.min(now), max: max.max(now) });
    }

    /// A chain could not be started on time: all attackers were busy, or no script was ready.
    pub fn dropped_chain(&mut self, place: Place) {
        self.totals.chains.entry(place).or_default().dropped += 1;
        self.interval.dropped_chains += 1;
    }

    /// What happened since the last call.
    pub fn take_interval(&mut self) -> Interval {
        std::mem::take(&mut self.interval)
    }

    /// Everything measured so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Everything measured.
    pub fn finish(self) -> Totals {
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::{PLACE, sample};

    fn recorder() -> Recorder {
        Recorder::new(Arc::new(RunLabels {
            chains: vec!["new-cert".into()],
            scenarios: vec!["default".into()],
            scenario_tags: Vec::new(),
            stages: vec!["1: 10 attackers".into(), "2: 20 attackers".into()],
        }))
    }

    /// Feeds the nth of a series of varied samples.
    fn feed(recorder: &mut Recorder, n: u64) {
        let place = Place { stage: u16::from(n > 2_000), ..PLACE };
        let endpoint = ["new-nonce", "new-order", "authz"][(n % 3) as usize];
        let status = if n.is_multiple_of(7) { 429 } else { 200 };
        let mut sample = sample(endpoint, status, n * n % 9_973);
        let error = format!("order {n} was rejected");
        sample.error = (status == 429).then_some(&error);
        recorder.request(place, &sample);
        recorder.chain(place, Duration::from_millis(n), sample.error);
        recorder.check(place, "status", status == 200);
        let trend = recorder.metric(place, "size", MetricKind::Trend, n as f64);
        trend.expect("one kind");
    }

    #[test]
    fn failed_checks_are_those_of_one_chain() {
        let mut recorder = recorder();
        recorder.check(PLACE, "holds", true);
        recorder.check(PLACE, "at times", true);
        recorder.check(PLACE, "at times", false);
        recorder.check(Place { chain: PLACE.chain + 1, ..PLACE }, "elsewhere", false);
        assert_eq!(recorder.failed_checks(PLACE.chain).collect::<Vec<_>>(), ["at times"]);
    }

    #[test]
    fn two_recorders_merged_equal_one_fed_both() {
        let (mut one, mut even, mut odd) = (recorder(), recorder(), recorder());
        for n in 0..5_000 {
            feed(&mut one, n);
            feed(if n % 2 == 0 { &mut even } else { &mut odd }, n);
        }
        let whole = one.finish();
        let mut merged = even.finish();
        merged.merge(&odd.finish());

        for endpoint in ["new-nonce", "new-order", "authz"] {
            let select = |key: &crate::record::series::SeriesKey| &*key.labels.endpoint == endpoint;
            let (a, b) = (merged.requests(select), whole.requests(select));
            assert_eq!((a.failed, a.bytes_in, a.bytes_out), (b.failed, b.bytes_in, b.bytes_out));
            for quantile in [0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
                assert_eq!(a.duration.quantile(quantile), b.duration.quantile(quantile));
                assert_eq!(a.parts[4].quantile(quantile), b.parts[4].quantile(quantile));
            }
        }
        let (a, b) = (merged.chains(|_| true), whole.chains(|_| true));
        assert_eq!(a.failed.count(), b.failed.count());
        assert_eq!(a.duration().quantile(0.99), b.duration().quantile(0.99));
        let errors = |totals: &Totals| {
            totals
                .errors
                .iter()
                .map(|(_, message, group)| (message.to_owned(), group.count))
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        assert_eq!(errors(&merged), errors(&whole));
    }

    #[test]
    fn an_interval_holds_what_came_since_the_last() {
        let mut recorder = recorder();
        recorder.request(PLACE, &sample("order", 201, 4));
        recorder.request(PLACE, &sample("order", 0, 2));
        recorder.chain(PLACE, Duration::from_secs(1), Some("refused"));
        recorder.dropped_chain(PLACE);
        recorder.check(PLACE, "status", false);
        recorder.metric(PLACE, "polls", MetricKind::Counter, 3.0).expect("new name");
        let interval = recorder.take_interval();
        let (chains, chains_failed) = (interval.chains(), interval.chains_failed());
        let Interval { requests, requests_failed, answered, .. } = interval;
        assert_eq!((requests, requests_failed, answered), (2, 1, 1));
        assert_eq!((chains, chains_failed, interval.dropped_chains), (1, 1, 1));
        assert_eq!(interval.checks_failed, 1);
        assert_eq!(interval.latency.max(), Some(4_000));
        assert_eq!(interval.counters, [("polls".to_owned(), 3.0)]);
        assert_eq!(recorder.take_interval().requests, 0);
        assert_eq!(recorder.finish().requests(|_| true).duration.count(), 2);
    }

    #[test]
    fn what_leaves_a_shard_can_be_sent() {
        fn sendable<T: Send + 'static>(_: &T) {}
        let mut recorder = recorder();
        sendable(&recorder.take_interval());
        sendable(&recorder.finish());
    }

    #[test]
    fn attackers_keep_their_range() {
        let mut recorder = recorder();
        for now in [3, 10, 0, 5] {
            recorder.attackers(now);
        }
        let expected = AttackerGauge { now: 5, min: 0, max: 10 };
        assert_eq!(recorder.finish().attackers, Some(expected));
    }
}
