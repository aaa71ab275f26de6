//! Stretches of time of one length, which grows with the run so that their number stays in bounds.

use std::collections::VecDeque;

/// What two stretches come to together.
pub trait Merge {
    /// Adds what happened in another one.
    fn merge(&mut self, other: &Self);
}

/// The length of a stretch at first: short enough that a run of two seconds has a curve.
const SHORTEST_US: u64 = 250_000;

/// Stretches from the first to the last in which something happened.
#[derive(Debug, Clone)]
pub struct Buckets<T> {
    width_us: u64,
    /// The first stretch begins at this many widths.
    first: u64,
    cells: VecDeque<T>,
}

impl<T> Default for Buckets<T> {
    fn default() -> Self {
        Self { width_us: SHORTEST_US, first: 0, cells: VecDeque::new() }
    }
}

impl<T: Default + Merge + Clone> Buckets<T> {
    /// The stretch that `at_us` lies in. There are `most` stretches at most: if it takes more, they
    /// become longer. Microseconds count from any one moment, and need not ascend.
    pub fn at(&mut self, at_us: u64, most: usize) -> &mut T {
        while self.span_with(at_us) > most.max(1) as u64 {
            self.widen();
        }
        let index = at_us / self.width_us;
        if self.cells.is_empty() {
            self.first = index;
        }
        while index < self.first {
            self.cells.push_front(T::default());
            self.first -= 1;
        }
        let offset = (index - self.first) as usize;
        while self.cells.len() <= offset {
            self.cells.push_back(T::default());
        }
        &mut self.cells[offset]
    }

    /// How many stretches there are once that of `at_us` is among them.
    fn span_with(&self, at_us: u64) -> u64 {
        let index = at_us / self.width_us;
        match self.cells.len() as u64 {
            0 => 1,
            length => index.max(self.first + length - 1) - index.min(self.first) + 1,
        }
    }

    /// Merges pairs of stretches. They begin at multiples of their length, before and after.
    fn widen(&mut self) {
        let mut merged: VecDeque<T> = VecDeque::with_capacity(self.cells.len() / 2 + 1);
        for (offset, cell) in std::mem::take(&mut self.cells).into_iter().enumerate() {
            let begins_pair = (self.first + offset as u64).is_multiple_of(2);
            match merged.back_mut() {
                Some(last) if !begins_pair => last.merge(&cell),
                _ => merged.push_back(cell),
            }
        }
        self.width_us *= 2;
        self.first /= 2;
        self.cells = merged;
    }

    /// The same with stretches of at least this length.
    #[must_use]
    pub fn widened_to(&self, width_us: u64) -> Self {
        let mut wide = self.clone();
        while wide.width_us < width_us {
            wide.widen();
        }
        wide
    }

    /// How long a stretch is.
    pub fn width_us(&self) -> u64 {
        self.width_us
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Each stretch with its beginning in microseconds, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let numbered = self.cells.iter().enumerate();
        numbered.map(|(offset, cell)| ((self.first + offset as u64) * self.width_us, cell))
    }

    /// Everything together.
    pub fn total(&self) -> T {
        let mut total = T::default();
        self.cells.iter().for_each(|cell| total.merge(cell));
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Default, PartialEq)]
    struct Sum(u64);

    impl Merge for Sum {
        fn merge(&mut self, other: &Self) {
            self.0 += other.0;
        }
    }

    fn of(times_us: impl IntoIterator<Item = u64>, most: usize) -> Buckets<Sum> {
        let mut buckets: Buckets<Sum> = Buckets::default();
        times_us.into_iter().for_each(|at_us| buckets.at(at_us, most).0 += 1);
        buckets
    }

    #[test]
    fn stretches_grow_with_the_run_and_lose_nothing() {
        let buckets = of((0..10_000).map(|second| second * 1_000_000), 300);
        assert!((150..=300).contains(&buckets.len()), "{}", buckets.len());
        assert_eq!(buckets.total(), Sum(10_000));
        let (begin_us, cell) = buckets.iter().nth(1).expect("there are more");
        assert_eq!(begin_us, buckets.width_us());
        assert_eq!(cell.0, buckets.width_us() / 1_000_000);
    }

    #[test]
    fn events_may_come_in_any_order() {
        let day_us = 86_400_000_000;
        let times = [7, 3, 9, 0, 2].map(|offset_s| 20_000 * day_us + offset_s * 1_000_000);
        let (one, other) = (of(times, 300), of(times.into_iter().rev(), 300));
        let told = |buckets: &Buckets<Sum>| -> Vec<_> {
            buckets.iter().map(|(at_us, sum)| (at_us, sum.clone())).collect()
        };
        assert_eq!(told(&one), told(&other));
        assert_eq!(one.len(), 9 * 4 + 1);
    }

    #[test]
    fn a_clock_that_was_set_costs_no_memory() {
        let buckets = of([0, u64::MAX / 2, 5], 10);
        assert!(buckets.len() <= 10);
        assert_eq!(buckets.total(), Sum(3));
    }

    #[test]
    fn widening_keeps_beginnings_at_multiples() {
        let buckets = of([3, 5, 6].map(|n| n * SHORTEST_US), 300).widened_to(4 * SHORTEST_US);
        let told: Vec<_> = buckets.iter().map(|(at_us, sum)| (at_us, sum.0)).collect();
        assert_eq!(told, [(0, 1), (4 * SHORTEST_US, 2)]);
    }
}
