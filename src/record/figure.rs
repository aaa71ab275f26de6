//! What a run has measured of one metric in one series so far, small enough to be told while it goes on.

use super::buckets::{ANY, Buckets, TIMES_MS};
use super::distribution::Distribution;
use super::gather::Gather;
use super::value::{Gauge, MetricValue, Share};

/// How many microseconds make a millisecond.
const MICROS_PER_MS: f64 = 1e3;

/// The values of one metric in one series.
#[derive(Debug, Clone, Default)]
pub enum Figure {
    /// There are none.
    #[default]
    Nothing,
    /// A sum; those of several shards add up.
    Sum(f64),
    /// The last value.
    Last(Gauge),
    /// A share.
    Share(Share),
    /// A distribution.
    Buckets(Box<Buckets>),
}

/// What the values of a trend are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrendOf {
    /// Times in milliseconds.
    Times,
    /// Only the script knows.
    Anything,
}

impl Figure {
    /// Adds a value that is kept by place.
    pub(super) fn add(&mut self, value: &MetricValue, of: TrendOf) {
        match value {
            MetricValue::Counter(sum) => self.merge(&Self::Sum(*sum)),
            MetricValue::Gauge(gauge) => self.merge(&Self::Last(*gauge)),
            MetricValue::Rate(share) => self.merge(&Self::Share(*share)),
            MetricValue::Trend(trend) => {
                let bounds = if of == TrendOf::Times { TIMES_MS } else { ANY };
                trend.count_into(self.buckets(bounds));
            }
        }
    }

    /// Adds what another shard, or another series, has of the same metric. Where the two are of different
    /// kinds the first stays: that is a conflict, which the summary tells.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Nothing, _) => *self = other.clone(),
            (Self::Sum(sum), Self::Sum(theirs)) => *sum += theirs,
            (Self::Last(gauge), Self::Last(theirs)) => gauge.merge(theirs),
            (Self::Share(share), Self::Share(theirs)) => share.merge(theirs),
            (Self::Buckets(buckets), Self::Buckets(theirs)) => buckets.merge(theirs),
            _ => {}
        }
    }

    fn buckets(&mut self, bounds: &'static [f64]) -> &mut Buckets {
        if !matches!(self, Self::Buckets(_)) {
            *self = Self::Buckets(Box::new(Buckets::new(bounds)));
        }
        match self {
            Self::Buckets(buckets) => buckets,
            _ => unreachable!("replaced just above"),
        }
    }
}

impl Gather for Figure {
    fn add_count(&mut self, count: u64) {
        self.merge(&Self::Sum(count as f64));
    }

    fn add_share(&mut self, passes: u64, all: u64) {
        self.merge(&Self::Share(Share { passes, fails: all - passes }));
    }

    fn add_durations(&mut self, micros: &Distribution) {
        self.buckets(TIMES_MS).add(micros, MICROS_PER_MS);
    }
}
