//! What happened when: what the charts over time are drawn from.

use std::time::Duration;

use ahash::RandomState;
use indexmap::IndexMap;

use super::buckets::{Buckets, Merge};
use super::cell::Cell;

/// How many points a curve has at most.
const MOST_POINTS: usize = 240;

/// How many histograms the chains have together, of some 5 KB each. Runs with many chains have fewer
/// points for each, but always [`FEWEST_POINTS`].
const MOST_CELLS: usize = 10_000;

const FEWEST_POINTS: usize = 20;

/// The curves of a run. Microseconds count from any one moment, `start_us` is that of its beginning.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// When the run began.
    pub start_us: u64,
    chains: IndexMap<String, Buckets<Cell>, RandomState>,
    requests: Buckets<Cell>,
    attackers: Buckets<Peak>,
    running: Buckets<Busy>,
}

/// The most at once; none where nobody counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peak(pub Option<u32>);

/// How much time chains ran, all together, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Busy(pub u64);

impl Merge for Peak {
    fn merge(&mut self, other: &Self) {
        self.0 = self.0.max(other.0);
    }
}

impl Merge for Busy {
    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }
}

impl Timeline {
    /// The curve of the chain called `name`, for [`Timeline::chain`].
    pub fn curve_of(&mut self, name: &str) -> usize {
        match self.chains.get_index_of(name) {
            Some(curve) => curve,
            None => self.chains.insert_full(name.to_owned(), Buckets::default()).0,
        }
    }

    /// A chain ended at `ended_us`.
    pub fn chain(&mut self, curve: usize, ended_us: u64, took: Duration, ok: bool) {
        let most = (MOST_CELLS / self.chains.len().max(1)).clamp(FEWEST_POINTS, MOST_POINTS);
        if let Some((_, buckets)) = self.chains.get_index_mut(curve) {
            buckets.at(ended_us, most).record(took, ok);
        }
    }

    /// A request ended at `ended_us`.
    pub fn request(&mut self, ended_us: u64, took: Duration, ok: bool) {
        self.requests.at(ended_us, MOST_POINTS).record(took, ok);
    }

    /// There were so many attackers at `at_us`.
    pub fn attackers(&mut self, at_us: u64, now: u32) {
        self.attackers.at(at_us, MOST_POINTS).merge(&Peak(Some(now)));
    }

    /// A chain ran from `started_us` to `ended_us`: for a run of which nobody counted the attackers.
    pub fn ran(&mut self, started_us: u64, ended_us: u64) {
        // Both ends first: afterwards no stretch changes its length.
        self.running.at(started_us, MOST_POINTS);
        self.running.at(ended_us, MOST_POINTS);
        let width_us = self.running.width_us();
        let mut from_us = started_us;
        while from_us < ended_us {
            let next_us = (from_us / width_us + 1) * width_us;
            let until_us = next_us.min(ended_us);
            self.running.at(from_us, MOST_POINTS).0 += until_us - from_us;
            from_us = until_us;
        }
    }

    /// The curves of the chains that ended, the most frequent first.
    pub fn chains(&self) -> Vec<(&str, &Buckets<Cell>)> {
        let ended = self.chains.iter().filter(|(_, buckets)| !buckets.is_empty());
        let mut chains: Vec<_> = ended.map(|(name, buckets)| (name.as_str(), buckets)).collect();
        chains.sort_by_cached_key(|(name, buckets)| {
            let count: u64 = buckets.iter().map(|(_, cell)| cell.count()).sum();
            (std::cmp::Reverse(count), *name)
        });
        chains
    }

    /// The curve of all chains together.
    pub fn all_chains(&self) -> Buckets<Cell> {
        let width_us = self.chains.values().map(Buckets::width_us).max().unwrap_or_default();
        let mut all: Buckets<Cell> = Buckets::default().widened_to(width_us);
        for chain in self.chains.values() {
            let chain = chain.widened_to(width_us);
            chain.iter().for_each(|(at_us, cell)| all.at(at_us, MOST_POINTS).merge(cell));
        }
        all
    }

    /// The curve of all requests.
    pub fn requests(&self) -> &Buckets<Cell> {
        &self.requests
    }

    /// The curve of the attackers; empty where nobody counted them.
    pub fn attackers_curve(&self) -> &Buckets<Peak> {
        &self.attackers
    }

    /// How much time chains ran; empty where attackers were counted.
    pub fn running(&self) -> &Buckets<Busy> {
        &self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hundred_chains_for_hours_stay_in_bounds() {
        let mut timeline = Timeline::default();
        for second in 0..10_000_u64 {
            let curve = timeline.curve_of(&format!("chain-{}", second % 300));
            timeline.chain(curve, second * 1_000_000, Duration::from_millis(5), true);
        }
        let chains = timeline.chains();
        assert_eq!(chains.len(), 300);
        let cells: usize = chains.iter().map(|(_, buckets)| buckets.len()).sum();
        assert!(cells <= MOST_CELLS, "{cells}");
        assert_eq!(timeline.all_chains().total().count(), 10_000);
    }

    #[test]
    fn the_most_frequent_chain_comes_first() {
        let mut timeline = Timeline::default();
        for (name, times) in [("b", 2), ("never", 0), ("c", 3), ("a", 2)] {
            let curve = timeline.curve_of(name);
            (0..times).for_each(|_| timeline.chain(curve, 0, Duration::ZERO, true));
        }
        let names: Vec<_> = timeline.chains().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["c", "a", "b"]);
    }

    #[test]
    fn time_is_shared_among_stretches() {
        let mut timeline = Timeline::default();
        timeline.ran(100_000, 600_000);
        timeline.ran(500_000, 500_000);
        let busy: Vec<_> = timeline.running().iter().map(|(_, busy)| busy.0).collect();
        assert_eq!(busy, [150_000, 250_000, 100_000]);
    }
}
