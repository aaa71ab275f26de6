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
    /// Chains that ended.
    pub chains: u64,
    /// Of these, the failed ones.
    pub chains_failed: u64,
    /// Chains that could not be started on time.
    pub dropped_chains: u64,
    /// Checks that did not hold.
    pub checks_failed: u64,
    /// What was added to each of the script's own counters, in the order of their first use.
    pub counters: Vec<(String, f64)>,
}

impl Interval {
    /// Adds what happened on another shard, or before.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.requests_failed += other.requests_failed;
        self.answered += other.answered;
        self.latency.merge(&other.latency);
        self.chains += other.chains;
        self.chains_failed += other.chains_failed;
        self.dropped_chains += other.dropped_chains;
        self.checks_failed += other.checks_failed;
        for (name, added) in &other.counters {
            self.count(name, *added);
        }
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
        let mut one = Interval { requests: 1, answered: 1, chains: 2, ..Interval::default() };
        one.count("polls", 2.0);
        let mut two = Interval { requests: 3, requests_failed: 1, ..Interval::default() };
        two.latency.record(7);
        two.count("retries", 1.0);
        two.count("polls", 1.0);
        one.merge(&two);
        assert_eq!((one.requests, one.requests_failed, one.answered, one.chains), (4, 1, 1, 2));
        assert_eq!(one.latency.max(), Some(7));
        assert_eq!(one.counters, [("polls".to_owned(), 3.0), ("retries".to_owned(), 1.0)]);
    }
}
