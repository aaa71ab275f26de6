//! What happened in the last moment, for live progress.

use super::distribution::Distribution;

/// What happened since a recorder was asked last; small enough to be sent every second.
#[derive(Debug, Clone, Default)]
pub struct Interval {
    /// Requests that ended.
    pub requests: u64,
    /// Of these, the ones that did not end as they should.
    pub requests_failed: u64,
    /// Of these, the ones that got an answer, whatever its status.
    pub answered: u64,
    /// Durations of the requests, in microseconds.
    pub latency: Distribution,
    /// Chains that could not be started on time.
    pub dropped_chains: u64,
    /// Checks that did not hold.
    pub checks_failed: u64,
    /// What was added to each of the script's own counters, in the order of their first use.
    pub counters: Vec<(String, f64)>,
    /// The chains that ended, by their index; as many as the last one that did needs.
    pub by_chain: Vec<ChainInterval>,
}

/// Of one chain.
#[derive(Debug, Clone, Default)]
pub struct ChainInterval {
    /// How many ended.
    pub ended: u64,
    /// Of these, the failed ones.
    pub failed: u64,
    /// Their durations, in microseconds.
    pub latency: Distribution,
}

impl Interval {
    /// Adds what happened on another shard, or before.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.requests_failed += other.requests_failed;
        self.answered += other.answered;
        self.latency.merge(&other.latency);
        self.dropped_chains += other.dropped_chains;
        self.checks_failed += other.checks_failed;
        for (name, added) in &other.counters {
            self.count(name, *added);
        }
        for (at, theirs) in other.by_chain.iter().enumerate() {
            let ours = self.chain(at);
            ours.ended += theirs.ended;
            ours.failed += theirs.failed;
            ours.latency.merge(&theirs.latency);
        }
    }

    /// That of the chain with this index.
    pub fn chain(&mut self, at: usize) -> &mut ChainInterval {
        if self.by_chain.len() <= at {
            self.by_chain.resize_with(at + 1, ChainInterval::default);
        }
        &mut self.by_chain[at]
    }

    /// How many chains ended.
    pub fn chains(&self) -> u64 {
        self.by_chain.iter().map(|chain| chain.ended).sum()
    }

    /// Of these, how many failed.
    pub fn chains_failed(&self) -> u64 {
        self.by_chain.iter().map(|chain| chain.failed).sum()
    }

    /// Adds to a counter. A run has a handful of them, so a list beats a map.
    pub fn count(&mut self, name: &str, added: f64) {
        match self.counters.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => *sum += added,
            None => self.counters.push((name.to_owned(), added)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_adds_everything() {
        let mut one = Interval { requests: 1, answered: 1, ..Interval::default() };
        one.count("polls", 2.0);
        one.chain(0).ended = 2;
        let mut two = Interval { requests: 3, requests_failed: 1, ..Interval::default() };
        two.latency.record(7);
        two.count("retries", 1.0);
        two.count("polls", 1.0);
        two.chain(1).ended = 4;
        one.merge(&two);
        assert_eq!((one.requests, one.requests_failed, one.answered, one.chains()), (4, 1, 1, 6));
        assert_eq!(one.latency.max(), Some(7));
        assert_eq!(one.by_chain.iter().map(|chain| chain.ended).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(one.counters, [("polls".to_owned(), 3.0), ("retries".to_owned(), 1.0)]);
    }
}
