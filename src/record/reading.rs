//! The values of one metric, of one shard or of several, as thresholds and the summary take them.

use std::time::Duration;

use super::distribution::Distribution;
use super::gather::Gather;
use super::sample::MetricKind;
use super::value::{MetricValue, Share};

/// The values of one metric, as far as they were picked.
#[derive(Debug, Clone, Default)]
pub enum Reading {
    /// There are none.
    #[default]
    Nothing,
    /// Times in microseconds, read in milliseconds.
    Durations(Box<Distribution>),
    /// How many attackers there are: those of several shards add up.
    Attackers(u32),
    /// Any other.
    Value(MetricValue),
}

/// What of its values a metric is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    /// The arithmetic mean of a trend.
    Avg,
    /// The smallest value of a trend.
    Min,
    /// The median of a trend.
    Med,
    /// The largest value of a trend.
    Max,
    /// The value that so many percent of a trend do not exceed.
    Percentile(f64),
    /// The sum of a counter.
    Count,
    /// The sum of a counter by second, or the share of a rate (0 to 1).
    Rate,
    /// The last value of a gauge.
    Value,
}

impl Aggregation {
    /// What can be asked of a metric of this kind, as one writes it.
    pub const fn of(kind: MetricKind) -> &'static str {
        match kind {
            MetricKind::Trend => "avg, min, med, max and p(N)",
            MetricKind::Counter => "count and rate",
            MetricKind::Rate => "rate",
            MetricKind::Gauge => "value",
        }
    }

    /// Whether it can be asked of a metric of this kind.
    pub fn fits(self, kind: MetricKind) -> bool {
        match self {
            Self::Avg | Self::Min | Self::Med | Self::Max | Self::Percentile(_) => {
                kind == MetricKind::Trend
            }
            Self::Count => kind == MetricKind::Counter,
            Self::Rate => matches!(kind, MetricKind::Counter | MetricKind::Rate),
            Self::Value => kind == MetricKind::Gauge,
        }
    }

    /// Which quantile of a trend it is, unless it is the mean.
    fn quantile(self) -> Option<f64> {
        match self {
            Self::Min => Some(0.0),
            Self::Med => Some(0.5),
            Self::Max => Some(1.0),
            Self::Percentile(percent) => Some(percent / 100.0),
            Self::Avg | Self::Count | Self::Rate | Self::Value => None,
        }
    }
}

impl Reading {
    pub(super) fn add(&mut self, value: &MetricValue) {
        match self {
            // Shards that give one name to two kinds are told in the summary; the first stays.
            Self::Value(known) => _ = known.merge(value),
            _ => *self = Self::Value(value.clone()),
        }
    }

    /// Adds what another shard has of the same metric.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Nothing) => {}
            (Self::Attackers(ours), Self::Attackers(theirs)) => *ours += theirs,
            (_, Self::Attackers(_)) => *self = other.clone(),
            (_, Self::Durations(theirs)) => self.add_durations(theirs),
            (_, Self::Value(theirs)) => self.add(theirs),
        }
    }

    /// Which of the four it is; none without values.
    pub fn kind(&self) -> Option<MetricKind> {
        match self {
            Self::Nothing => None,
            Self::Durations(_) => Some(MetricKind::Trend),
            Self::Attackers(_) => Some(MetricKind::Gauge),
            Self::Value(value) => Some(value.kind()),
        }
    }

    /// What `aggregation` makes of the values, which were taken in `window`; none without values, and
    /// where it does not fit them.
    pub fn figure(&self, aggregation: Aggregation, window: Duration) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Durations(micros) => {
                let micros = match aggregation.quantile() {
                    Some(quantile) => micros.quantile(quantile).map(|micros| micros as f64),
                    None => micros.mean().filter(|_| aggregation == Aggregation::Avg),
                };
                micros.map(|micros| micros / 1e3)
            }
            Self::Attackers(now) => (aggregation == Aggregation::Value).then(|| f64::from(*now)),
            Self::Value(value) => figure(value, aggregation, window),
        }
    }
}

impl Gather for Reading {
    fn add_count(&mut self, count: u64) {
        self.add(&MetricValue::Counter(count as f64));
    }

    fn add_share(&mut self, passes: u64, all: u64) {
        self.add(&MetricValue::Rate(Share { passes, fails: all - passes }));
    }

    fn add_durations(&mut self, micros: &Distribution) {
        match self {
            Self::Durations(known) => known.merge(micros),
            _ => *self = Self::Durations(Box::new(micros.clone())),
        }
    }
}

fn figure(value: &MetricValue, aggregation: Aggregation, window: Duration) -> Option<f64> {
    match (value, aggregation) {
        (MetricValue::Counter(sum), Aggregation::Count) => Some(*sum),
        (MetricValue::Counter(_), Aggregation::Rate) if window.is_zero() => Some(0.0),
        (MetricValue::Counter(sum), Aggregation::Rate) => Some(sum / window.as_secs_f64()),
        (MetricValue::Rate(share), Aggregation::Rate) => share.rate(),
        (MetricValue::Gauge(gauge), Aggregation::Value) => Some(gauge.last),
        (MetricValue::Trend(trend), Aggregation::Avg) => trend.mean(),
        (MetricValue::Trend(trend), other) => {
            other.quantile().and_then(|quantile| trend.quantile(quantile))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MetricKind::{Counter, Gauge, Rate, Trend};

    const WINDOW: Duration = Duration::from_secs(4);

    fn values(kind: MetricKind, values: &[f64]) -> Reading {
        let mut value = MetricValue::first(kind, values[0]);
        for one in values {
            value.record(*one);
        }
        Reading::Value(value)
    }

    #[test]
    fn each_kind_has_its_figures() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let trend = values(Trend, &hundred);
        for (aggregation, expected) in [
            (Aggregation::Avg, 50.5),
            (Aggregation::Min, 1.0),
            (Aggregation::Med, 50.0),
            (Aggregation::Max, 100.0),
            (Aggregation::Percentile(95.0), 95.0),
            (Aggregation::Percentile(99.9), 100.0),
        ] {
            assert_eq!(trend.figure(aggregation, WINDOW), Some(expected), "{aggregation:?}");
        }
        assert_eq!(values(Counter, &[2.0, 4.0]).figure(Aggregation::Count, WINDOW), Some(6.0));
        assert_eq!(values(Counter, &[2.0, 4.0]).figure(Aggregation::Rate, WINDOW), Some(1.5));
        assert_eq!(
            values(Counter, &[2.0]).figure(Aggregation::Rate, Duration::ZERO),
            Some(0.0),
            "no time, no rate"
        );
        let share = values(Rate, &[1.0, 0.0, 1.0, 1.0]).figure(Aggregation::Rate, WINDOW);
        assert_eq!(share, Some(0.75));
        assert_eq!(values(Gauge, &[7.0, 3.0]).figure(Aggregation::Value, WINDOW), Some(3.0));
    }

    #[test]
    fn what_does_not_fit_has_no_figure() {
        let all = [
            Aggregation::Avg,
            Aggregation::Percentile(5.0),
            Aggregation::Count,
            Aggregation::Rate,
            Aggregation::Value,
        ];
        for kind in [Counter, Gauge, Rate, Trend] {
            for aggregation in all {
                let figure = values(kind, &[1.0]).figure(aggregation, WINDOW);
                assert_eq!(figure.is_some(), aggregation.fits(kind), "{aggregation:?} {kind:?}");
            }
        }
        let mut times = Reading::Nothing;
        times.add_durations(&Distribution::default());
        assert_eq!(times.figure(Aggregation::Avg, WINDOW), None);
        assert_eq!(times.figure(Aggregation::Count, WINDOW), None);
    }

    #[test]
    fn shards_add_up() {
        let mut all = Reading::Nothing;
        for (passes, count) in [(1, 4), (3, 4)] {
            let mut shard = Reading::default();
            shard.add_share(passes, count);
            all.merge(&shard);
        }
        all.merge(&Reading::Nothing);
        assert_eq!(all.figure(Aggregation::Rate, WINDOW), Some(0.5));
        let mut attackers = Reading::Attackers(3);
        attackers.merge(&Reading::Attackers(4));
        assert_eq!(attackers.figure(Aggregation::Value, WINDOW), Some(7.0));
        let mut micros = Distribution::default();
        micros.record(2_500);
        let (mut one, mut two) = (Reading::Nothing, Reading::Nothing);
        one.add_durations(&micros);
        two.merge(&one);
        two.merge(&one);
        assert_eq!(two.figure(Aggregation::Percentile(100.0), WINDOW), Some(2.5));
    }
}
