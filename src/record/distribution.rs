//! Many values, kept so that quantiles can be told and shards merged without loss.

use hdrhistogram::Histogram;

/// Up to this many values are kept as they are: 4 KB at most, where a histogram starts at 8 KB.
/// Most series of a run are rare (an error status, a warm-up stage) and never grow beyond it.
const FEW: usize = 1024;

/// Relative precision of a histogram: three significant digits.
const SIGNIFICANT_DIGITS: u8 = 3;

/// What a histogram can hold; beyond it values are recorded as this.
const LARGEST: u64 = 1 << 62;

/// Non-negative integers: durations in microseconds, or the scaled values of a trend.
///
/// Count, sum, smallest and largest are exact. Quantiles are exact up to 1,024 values other than
/// zero, and have three significant digits beyond.
#[derive(Debug, Clone)]
pub struct Distribution {
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
    /// Everything but zeros, which are the rest of `count`: the parts of a request on a reused
    /// connection are mostly zero and take no memory.
    non_zero: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Few(Vec<u32>),
    /// Counts of 32 bits halve the memory; one bucket saturates after 4 billion values.
    Many(Box<Histogram<u32>>),
}

impl Default for Distribution {
    fn default() -> Self {
        Self { count: 0, sum: 0, min: u64::MAX, max: 0, non_zero: Values::Few(Vec::new()) }
    }
}

impl Distribution {
    /// Adds one value.
    pub fn record(&mut self, value: u64) {
        self.count += 1;
        self.sum += u128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value > 0 {
            self.non_zero.record(value);
        }
    }

    /// Adds all values of another one. The result is the same as if every value had been recorded
    /// here.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.non_zero.merge(&other.non_zero);
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest value; none when empty.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest value; none when empty.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The arithmetic mean; none when empty.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// All values added up.
    pub fn sum(&self) -> f64 {
        self.sum as f64
    }

    /// Adds to each of `counts` how many values are above the bound before and at most the one at its
    /// place, and to the last, which has none, how many exceed all. `bounds` ascend. Exact where
    /// quantiles are; beyond, values less than a thousandth above a bound count as up to it.
    pub fn count_into(&self, bounds: &[u64], counts: &mut [u64]) {
        counts[0] += self.count - self.non_zero.count();
        self.non_zero.count_into(bounds, counts);
    }

    /// The smallest value that at least `quantile` (0 to 1) of all values do not exceed (nearest
    /// rank); none when empty.
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        Some(self.at_rank(rank(quantile, self.count)))
    }

    /// The value at `rank` (1 to count) in ascending order.
    pub(super) fn at_rank(&self, rank: u64) -> u64 {
        let zeros = self.count - self.non_zero.count();
        match rank {
            1 => self.min,
            _ if rank == self.count => self.max,
            _ if rank <= zeros => 0,
            // A bucket of the histogram reports its upper end, which may exceed all values.
            _ => self.non_zero.at_rank(rank - zeros).min(self.max),
        }
    }
}

/// The position, counted from 1, of `quantile` among `count` values.
pub(super) fn rank(quantile: f64, count: u64) -> u64 {
    // 0.07 * 100 is a little more than 7: without the allowance the rank would be one too high.
    let exact = quantile * count as f64;
    ((exact - 1e-9 * exact.max(1.0)).ceil() as u64).clamp(1, count)
}

impl Values {
    fn record(&mut self, value: u64) {
        if let Self::Few(values) = self
            && let (true, Ok(value)) = (values.len() < FEW, u32::try_from(value))
        {
            values.push(value);
            return;
        }
        record_into(self.histogram(), value);
    }

    fn merge(&mut self, other: &Self) {
        match other {
            Self::Few(values) => values.iter().for_each(|&value| self.record(u64::from(value))),
            Self::Many(theirs) => self
                .histogram()
                .add(theirs.as_ref())
                .expect("an auto-resizing histogram takes all that another one can hold"),
        }
    }

    /// The histogram, made of the few values if it is not there yet.
    fn histogram(&mut self) -> &mut Histogram<u32> {
        if let Self::Few(values) = self {
            let mut histogram = Histogram::new(SIGNIFICANT_DIGITS).expect("3 is a valid precision");
            for &value in &*values {
                record_into(&mut histogram, u64::from(value));
            }
            *self = Self::Many(Box::new(histogram));
        }
        match self {
            Self::Many(histogram) => histogram,
            Self::Few(_) => unreachable!("replaced just above"),
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Few(values) => values.len() as u64,
            Self::Many(histogram) => histogram.len(),
        }
    }

    fn count_into(&self, bounds: &[u64], counts: &mut [u64]) {
        match self {
            Self::Few(values) => {
                for &value in values {
                    counts[bounds.partition_point(|&bound| bound < u64::from(value))] += 1;
                }
            }
            Self::Many(histogram) => {
                let (mut from, mut left) = (0, histogram.len());
                for (&bound, count) in bounds.iter().zip(&mut *counts) {
                    // Beyond its largest value a histogram answers with the last count again.
                    if from <= histogram.max() && from <= bound {
                        let within = histogram.count_between(from, bound);
                        *count += within;
                        left -= within;
                        from = histogram.next_non_equivalent(bound);
                    }
                }
                counts[bounds.len()] += left;
            }
        }
    }

    fn at_rank(&self, rank: u64) -> u64 {
        match self {
            Self::Few(values) => {
                let mut values = values.clone();
                let (_, value, _) = values.select_nth_unstable(rank as usize - 1);
                u64::from(*value)
            }
            // Half a step below the rank, so that rounding cannot reach the next one.
            Self::Many(histogram) => {
                histogram.value_at_quantile((rank as f64 - 0.5) / histogram.len() as f64)
            }
        }
    }
}

fn record_into(histogram: &mut Histogram<u32>, value: u64) {
    histogram
        .record(value.min(LARGEST))
        .expect("an auto-resizing histogram takes any value up to 2^62");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut distribution = Distribution::default();
        values.into_iter().for_each(|value| distribution.record(value));
        distribution
    }

    #[test]
    fn an_empty_one_has_no_figures() {
        let empty = Distribution::default();
        assert_eq!(empty.count(), 0);
        assert_eq!((empty.min(), empty.max(), empty.quantile(0.5)), (None, None, None));
        assert!(empty.mean().is_none());
    }

    #[test]
    fn few_values_are_exact() {
        let hundred = of(1..=100);
        assert_eq!(hundred.quantile(0.0), Some(1));
        assert_eq!(hundred.quantile(0.07), Some(7));
        assert_eq!(hundred.quantile(0.5), Some(50));
        assert_eq!(hundred.quantile(0.95), Some(95));
        assert_eq!(hundred.quantile(1.0), Some(100));
        assert_eq!(hundred.mean(), Some(50.5));
    }

    #[test]
    fn zeros_count_in_quantiles() {
        let mostly_zero = of((0..90).map(|_| 0).chain(1..=10));
        assert_eq!(mostly_zero.quantile(0.9), Some(0));
        assert_eq!(mostly_zero.quantile(0.91), Some(1));
        assert_eq!(mostly_zero.min(), Some(0));
        assert_eq!(mostly_zero.count(), 100);
    }

    #[test]
    fn many_values_keep_three_digits_and_exact_ends() {
        let many = of((1..=100_000).map(|n| n * 10 + 1));
        assert_eq!((many.min(), many.max()), (Some(11), Some(1_000_001)));
        assert_eq!(many.quantile(1.0), Some(1_000_001));
        for (quantile, exact) in [(0.5, 500_001.0), (0.95, 950_001.0), (0.999, 999_001.0)] {
            let told = many.quantile(quantile).expect("not empty") as f64;
            assert!((told / exact - 1.0).abs() < 0.001, "{quantile}: {told} is not {exact}");
        }
    }

    #[test]
    fn merging_equals_recording_into_one() {
        for split in [3, 900, 1024, 1025, 5000] {
            let values: Vec<u64> = (0..6000_u64).map(|n| n * n % 70_001).collect();
            let mut merged = of(values[..split].iter().copied());
            merged.merge(&of(values[split..].iter().copied()));
            let whole = of(values.iter().copied());
            for thousandth in 0..=1000 {
                let quantile = f64::from(thousandth) / 1000.0;
                assert_eq!(merged.quantile(quantile), whole.quantile(quantile), "{split}");
            }
            assert_eq!(merged.mean(), whole.mean());
        }
    }

    #[test]
    fn counts_by_bounds_are_those_of_the_values() {
        let bounds = [0, 7, 250, 5_000, 5_001, 1_000_000, 1 << 40];
        for size in [0, 1, 900, 5_000] {
            let values = (0..size).map(|n: u64| n * n * 31 % 20_011);
            let counted = |of: &Distribution| {
                let mut counts = [0; 8];
                of.count_into(&bounds, &mut counts);
                counts
            };
            let told = counted(&of(values.clone()));
            let mut exact = [0; 8];
            for value in values {
                exact[bounds.partition_point(|&bound| bound < value)] += 1;
            }
            if size < 1_000 {
                assert_eq!(told, exact);
            }
            // What is between 5,000 and 5,001 a histogram cannot tell from what is up to 5,004.
            let near = |counts: [u64; 8]| [counts[..3].to_vec(), vec![counts[3..].iter().sum()]];
            assert_eq!(near(told), near(exact), "{size}");
            assert_eq!(told.iter().sum::<u64>(), size);
            assert!(told[3].abs_diff(exact[3]) <= 2, "{told:?} {exact:?}");
        }
        let mut counts = [0; 2];
        of([u64::MAX, 1 << 61].into_iter().chain(1..2_000)).count_into(&[1_500], &mut counts);
        assert_eq!(counts, [1_500, 501]);
    }

    #[test]
    fn values_beyond_the_largest_do_not_panic() {
        let mut huge = of([u64::MAX, 1 << 40]);
        huge.merge(&of([u64::MAX - 1]));
        assert_eq!(huge.max(), Some(u64::MAX));
        assert_eq!(huge.count(), 3);
    }
}
