//! What ended within one stretch of time.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::buckets::Merge;

/// Charts need no third digit, and the memory of 10,000 such histograms stays in bounds.
const SIGNIFICANT_DIGITS: u8 = 2;

/// A day: what takes longer is drawn as this, and a damaged log cannot make histograms grow.
const LONGEST_US: u64 = 24 * 3_600 * 1_000_000;

/// Requests or chains that ended within one stretch of time, the failed ones included.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    failed: u64,
    sum_us: u64,
    /// Made with the first: most chains of a long list run rarely.
    durations_us: Option<Box<Histogram<u32>>>,
}

impl Cell {
    /// Something ended.
    pub fn record(&mut self, took: Duration, ok: bool) {
        let took_us = (took.as_micros() as u64).min(LONGEST_US);
        self.failed += u64::from(!ok);
        self.sum_us += took_us;
        self.histogram()
            .record(took_us)
            .expect("an auto-resizing histogram takes any value up to a day");
    }

    fn histogram(&mut self) -> &mut Histogram<u32> {
        self.durations_us.get_or_insert_with(|| {
            Box::new(Histogram::new(SIGNIFICANT_DIGITS).expect("2 is a valid precision"))
        })
    }

    /// All of them.
    pub fn count(&self) -> u64 {
        self.durations_us.as_ref().map_or(0, |durations| durations.len())
    }

    /// Of these, the failed ones.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The mean in milliseconds; none without any.
    pub fn mean_ms(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum_us as f64 / count as f64 / 1e3)
    }

    /// What `quantile` (0 to 1) of all took at most, in milliseconds, with two significant digits;
    /// none without any.
    pub fn quantile_ms(&self, quantile: f64) -> Option<f64> {
        let durations = self.durations_us.as_ref().filter(|durations| !durations.is_empty())?;
        let value = durations.value_at_quantile(quantile);
        Some(durations.median_equivalent(value) as f64 / 1e3)
    }

    /// Each duration that occurred, in milliseconds, ascending, and how often.
    pub fn durations_ms(&self) -> impl Iterator<Item = (f64, u64)> {
        self.durations_us.iter().flat_map(|durations| {
            durations.iter_recorded().map(|step| {
                let value = durations.median_equivalent(step.value_iterated_to());
                (value as f64 / 1e3, step.count_since_last_iteration())
            })
        })
    }
}

impl Merge for Cell {
    fn merge(&mut self, other: &Self) {
        self.failed += other.failed;
        self.sum_us += other.sum_us;
        if let Some(theirs) = &other.durations_us {
            self.histogram()
                .add(theirs.as_ref())
                .expect("an auto-resizing histogram takes all that another one can hold");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let mut cell = Cell::default();
        assert_eq!((cell.count(), cell.mean_ms(), cell.quantile_ms(0.5)), (0, None, None));
        for ms in [10, 20, 30] {
            cell.record(Duration::from_millis(ms), ms != 30);
        }
        let mut other = Cell::default();
        other.record(Duration::from_millis(40), true);
        cell.merge(&other);
        assert_eq!((cell.count(), cell.failed(), cell.mean_ms()), (4, 1, Some(25.0)));
        let median = cell.quantile_ms(0.5).expect("there are some");
        assert!((median / 20.0 - 1.0).abs() < 0.01, "{median}");
        assert_eq!(cell.durations_ms().map(|(_, count)| count).sum::<u64>(), 4);
    }

    #[test]
    fn absurd_durations_take_no_memory() {
        let mut cell = Cell::default();
        cell.record(Duration::MAX, false);
        let longest_ms = LONGEST_US as f64 / 1e3;
        let told = cell.quantile_ms(1.0).expect("there is one");
        assert!((told / longest_ms - 1.0).abs() < 0.01, "{told}");
    }
}
