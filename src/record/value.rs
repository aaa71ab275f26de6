//! The values of scripts' own metrics and checks.

use std::time::Instant;

use super::buckets::Buckets;
use super::distribution::{Distribution, rank};
use super::sample::MetricKind;

/// The values of one metric in one place, or of several places merged.
#[derive(Debug, Clone)]
pub enum MetricValue {
    /// The sum of what was added.
    Counter(f64),
    /// The last value and the range.
    Gauge(Gauge),
    /// How many values were true (not 0) and false.
    Rate(Share),
    /// A distribution.
    Trend(Box<Trend>),
}

/// The last value and the range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// The value that was set last.
    pub last: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    set_at: Instant,
}

/// How often something was so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// It was.
    pub passes: u64,
    /// It was not.
    pub fails: u64,
}

impl Gauge {
    fn new(value: f64) -> Self {
        Self { last: value, min: value, max: value, set_at: Instant::now() }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.set_at >= self.set_at {
            (self.last, self.set_at) = (other.last, other.set_at);
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

impl Share {
    pub(super) fn record(&mut self, pass: bool) {
        self.passes += u64::from(pass);
        self.fails += u64::from(!pass);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.passes += other.passes;
        self.fails += other.fails;
    }

    /// How many values in all.
    pub fn count(&self) -> u64 {
        self.passes + self.fails
    }

    /// The share of passes, 0 to 1; none without values.
    pub fn rate(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.passes as f64 / self.count() as f64)
    }
}

/// A script's own distribution: any finite numbers, kept to a millionth.
#[derive(Debug, Clone, Default)]
pub struct Trend {
    positive: Distribution,
    /// The magnitudes of what is below zero.
    negative: Distribution,
}

impl Trend {
    const SCALE: f64 = 1e6;

    fn record(&mut self, value: f64) {
        let scaled = (value.abs() * Self::SCALE).round() as u64;
        let side = if value < 0.0 { &mut self.negative } else { &mut self.positive };
        side.record(scaled);
    }

    fn merge(&mut self, other: &Self) {
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
    }

    /// Adds all values to `buckets`.
    pub(super) fn count_into(&self, buckets: &mut Buckets) {
        buckets.add(&self.positive, Self::SCALE);
        buckets.add_negative(&self.negative, Self::SCALE);
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.positive.count() + self.negative.count()
    }

    /// The arithmetic mean; none when empty.
    pub fn mean(&self) -> Option<f64> {
        let sum = |side: &Distribution| side.mean().unwrap_or(0.0) * side.count() as f64;
        let total = sum(&self.positive) - sum(&self.negative);
        (self.count() > 0).then(|| total / Self::SCALE / self.count() as f64)
    }

    /// The smallest value that at least `quantile` (0 to 1) of all values do not exceed; none when
    /// empty. 0 gives the smallest, 1 the largest.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        if self.count() == 0 {
            return None;
        }
        let (rank, below_zero) = (rank(quantile, self.count()), self.negative.count());
        Some(if rank <= below_zero {
            -(self.negative.at_rank(below_zero + 1 - rank) as f64) / Self::SCALE
        } else {
            self.positive.at_rank(rank - below_zero) as f64 / Self::SCALE
        })
    }
}

impl MetricValue {
    pub(super) fn first(kind: MetricKind, value: f64) -> Self {
        match kind {
            MetricKind::Counter => Self::Counter(0.0),
            MetricKind::Gauge => Self::Gauge(Gauge::new(value)),
            MetricKind::Rate => Self::Rate(Share::default()),
            MetricKind::Trend => Self::Trend(Box::default()),
        }
    }

    pub(super) fn record(&mut self, value: f64) {
        match self {
            Self::Counter(sum) => *sum += value,
            Self::Gauge(gauge) => gauge.merge(&Gauge::new(value)),
            Self::Rate(share) => share.record(value != 0.0),
            Self::Trend(trend) => trend.record(value),
        }
    }

    /// Adds the values of another one of the same kind; false, and nothing added, if it is not.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Counter(sum), Self::Counter(theirs)) => *sum += theirs,
            (Self::Gauge(gauge), Self::Gauge(theirs)) => gauge.merge(theirs),
            (Self::Rate(share), Self::Rate(theirs)) => share.merge(theirs),
            (Self::Trend(trend), Self::Trend(theirs)) => trend.merge(theirs),
            _ => return false,
        }
        true
    }

    /// Which of the four it is.
    pub fn kind(&self) -> MetricKind {
        match self {
            Self::Counter(_) => MetricKind::Counter,
            Self::Gauge(_) => MetricKind::Gauge,
            Self::Rate(_) => MetricKind::Rate,
            Self::Trend(_) => MetricKind::Trend,
        }
    }
}

/// All places of one check together.
pub(super) fn all_shares<'a>(places: impl IntoIterator<Item = &'a Share>) -> Share {
    places.into_iter().fold(Share::default(), |mut all, share| {
        all.merge(share);
        all
    })
}

/// All places of one metric together; none without any.
pub(super) fn all_values<'a>(
    places: impl IntoIterator<Item = &'a MetricValue>,
) -> Option<MetricValue> {
    let mut places = places.into_iter();
    let first = places.next()?.clone();
    Some(places.fold(first, |mut all, value| {
        all.merge(value);
        all
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trends_take_fractions_and_negative_numbers() {
        let mut trend = Trend::default();
        for value in [-2.0, -0.5, 0.0, 0.25, 4.0] {
            trend.record(value);
        }
        assert_eq!(trend.quantile(0.0), Some(-2.0));
        assert_eq!(trend.quantile(0.4), Some(-0.5));
        assert_eq!(trend.quantile(0.5), Some(0.0));
        assert_eq!(trend.quantile(0.8), Some(0.25));
        assert_eq!(trend.quantile(1.0), Some(4.0));
        assert_eq!(trend.mean(), Some(0.35));
    }
}
