//! Distributions counted by fixed bounds: what a time series database keeps of them.

use super::distribution::Distribution;

/// Of times, in milliseconds: a quarter of one up to a minute.
pub(super) const TIMES_MS: &[f64] = &[
    0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 2.5e4,
    6e4,
];

/// Of values of which only the script knows what they are: a thousandth up to ten million. What is below
/// zero counts with the zeros.
pub(super) const ANY: &[f64] = &[
    0.0, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0,
    100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 2.5e4, 5e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6, 1e7,
];

/// How many values there are up to each of some bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    bounds: &'static [f64],
    /// One more than bounds: the last has what exceeds all.
    counts: Vec<u64>,
    sum: f64,
}

impl Buckets {
    /// No value yet; `bounds` ascend.
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    /// Adds the values of a distribution that counts in units of which `scale` make one of ours.
    pub(super) fn add(&mut self, values: &Distribution, scale: f64) {
        let bounds: Vec<u64> =
            self.bounds.iter().map(|bound| (bound * scale).round() as u64).collect();
        values.count_into(&bounds, &mut self.counts);
        self.sum += values.sum() / scale;
    }

    /// Adds values below zero, of which the distribution has the magnitudes.
    pub(super) fn add_negative(&mut self, values: &Distribution, scale: f64) {
        self.counts[0] += values.count();
        self.sum -= values.sum() / scale;
    }

    /// Adds what was counted by the same bounds elsewhere.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.bounds, other.bounds);
        for (count, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *count += theirs;
        }
        self.sum += other.sum;
    }

    /// How many values are above the bound before and at most this one, which is infinite at last.
    pub fn iter(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        bounds.zip(self.counts.iter().copied())
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All values added up.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By bounds, those that have values.
    fn counted(buckets: &Buckets) -> Vec<(f64, u64)> {
        buckets.iter().filter(|(_, count)| *count > 0).collect()
    }

    #[test]
    fn bounds_ascend_and_belong_to_what_is_below() {
        for bounds in [TIMES_MS, ANY] {
            assert!(bounds.is_sorted_by(|one, next| one < next), "{bounds:?}");
        }
        let mut micros = Distribution::default();
        for value in [0, 250, 251, 60_000_000, 60_000_001] {
            micros.record(value);
        }
        let mut buckets = Buckets::new(TIMES_MS);
        buckets.add(&micros, 1e3);
        let infinite = (f64::INFINITY, 1);
        assert_eq!(counted(&buckets), [(0.25, 2), (0.5, 1), (6e4, 1), infinite]);
        assert_eq!((buckets.count(), buckets.sum()), (5, 120_000.502));
    }

    #[test]
    fn what_is_below_zero_counts_up_to_zero() {
        let (mut above, mut below) = (Distribution::default(), Distribution::default());
        above.record(3_000_000);
        below.record(2_000_000);
        let mut buckets = Buckets::new(ANY);
        buckets.add(&above, 1e6);
        buckets.add_negative(&below, 1e6);
        let mut twice = buckets.clone();
        twice.merge(&buckets);
        assert_eq!(counted(&twice), [(0.0, 2), (5.0, 2)]);
        assert_eq!((twice.count(), twice.sum()), (4, 2.0));
    }
}
