//! Which chain an attacker runs next: by weight, repeatable by seed.

use std::cell::RefCell;

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::attacker::context::chain_seed;

/// Sets the draws that pick chains apart from those that scripts make.
const PICK_SALT: u64 = 0x636f_796f_7465;

/// The weights of a shard's chains, of which some may be taken out.
#[derive(Debug)]
pub struct Mix {
    /// Each chain's weight and that of all before it; among 150 of them a search beats a sum.
    sums: RefCell<Vec<f64>>,
    seed: u64,
}

impl Mix {
    /// Chains of these weights, in a run with this seed. A lone one needs no weight.
    pub fn new(weights: &[f64], seed: u64) -> Self {
        let weights = if weights.len() == 1 { &[1.0] } else { weights };
        let mut sum = 0.0;
        let sums = weights.iter().map(|weight| {
            sum += weight;
            sum
        });
        Self { sums: RefCell::new(sums.collect()), seed: seed ^ PICK_SALT }
    }

    /// Which chain attacker `id` runs as its chain `number`; `None` when none is left.
    pub fn pick(&self, id: u32, number: u64) -> Option<usize> {
        let sums = self.sums.borrow();
        let total = *sums.last()?;
        if sums.len() == 1 {
            return (total > 0.0).then_some(0);
        }
        let seed = chain_seed(self.seed, id, number);
        let draw = SmallRng::seed_from_u64(seed).random::<f64>() * total;
        let at = sums.partition_point(|sum| *sum <= draw);
        if at < sums.len() {
            return Some(at);
        }
        // Only rounding leads here; the last chain with a weight is as good as any.
        (total > 0.0).then(|| sums.partition_point(|sum| *sum < total))
    }

    /// Never picks chain `at` again.
    pub fn take_out(&self, at: usize) {
        let mut sums = self.sums.borrow_mut();
        let before = if at == 0 { 0.0 } else { sums[at - 1] };
        let weight = sums[at] - before;
        // What is left of a chain is exactly nothing, however the others round.
        sums[at] = before;
        for sum in &mut sums[at + 1..] {
            *sum = (*sum - weight).max(before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(mix: &Mix, of: usize) -> Vec<u32> {
        let mut counts = vec![0; of];
        for number in 0..4_000 {
            counts[mix.pick(7, number).expect("one is left")] += 1;
        }
        counts
    }

    #[test]
    fn weights_are_kept() {
        let counts = picked(&Mix::new(&[3.0, 0.0, 1.0, 0.0], 5), 4);
        assert_eq!((counts[1], counts[3]), (0, 0));
        // 3,000 of 4,000; five standard deviations are 137.
        assert!((2_863..=3_137).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn one_that_is_taken_out_leaves_its_share_to_the_others() {
        let mix = Mix::new(&[0.1, 0.1, 0.1, 0.1], 5);
        mix.take_out(1);
        mix.take_out(3);
        let counts = picked(&mix, 4);
        assert_eq!((counts[1], counts[3]), (0, 0));
        assert!((1_842..=2_158).contains(&counts[0]), "{counts:?}");
        mix.take_out(3);
        mix.take_out(0);
        assert_eq!(picked(&mix, 4), [0, 0, 4_000, 0]);
        mix.take_out(2);
        assert_eq!(mix.pick(7, 0), None);
    }

    #[test]
    fn a_lone_chain_needs_no_weight() {
        let mix = Mix::new(&[0.0], 5);
        assert_eq!(mix.pick(0, 0), Some(0));
        mix.take_out(0);
        assert_eq!(mix.pick(0, 1), None);
        assert_eq!(Mix::new(&[], 5).pick(0, 0), None);
    }
}
