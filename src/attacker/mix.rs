//! Which chain an attacker runs next: by weight, of those that are ready, repeatable by seed.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::attacker::context::chain_seed;
use crate::attacker::readiness::Readiness;

/// Sets the draws that pick chains apart from those that scripts make.
const PICK_SALT: u64 = 0x636f_796f_7465;

/// What an attacker is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Run this chain.
    Chain(usize),
    /// Wait: none is ready, as of these [`Readiness::changes`].
    NoneReady(u64),
    /// End: none is left.
    NoneLeft,
}

/// The weights of a shard's chains, of which some may be taken out, and others not be ready.
#[derive(Debug)]
pub struct Mix {
    /// Each chain's weight; 0 of those that were taken out.
    weights: RefCell<Vec<f64>>,
    /// Each chain's weight and that of all before it, the ready ones only; among 150 of them a search
    /// beats a sum.
    sums: RefCell<Vec<f64>>,
    gate: Option<Gate>,
    seed: u64,
}

/// Keeps chains out while they are not ready.
#[derive(Debug)]
struct Gate {
    readiness: Arc<Readiness>,
    /// Of each chain, the script that is asked.
    scripts: Vec<usize>,
    /// The [`Readiness::changes`] that the sums follow.
    seen: Cell<u64>,
}

impl Mix {
    /// Chains of these weights, in a run with this seed. A lone one needs no weight.
    pub fn new(weights: &[f64], seed: u64) -> Self {
        let weights = if weights.len() == 1 { vec![1.0] } else { weights.to_vec() };
        let sums = RefCell::new(sums(weights.iter().copied()));
        Self { weights: RefCell::new(weights), sums, gate: None, seed: seed ^ PICK_SALT }
    }

    /// Of these, only chains whose script is ready; `scripts` has that of each chain.
    #[must_use]
    pub fn gated(mut self, readiness: Arc<Readiness>, scripts: Vec<usize>) -> Self {
        let seen = Cell::new(readiness.changes());
        self.gate = Some(Gate { readiness, scripts, seen });
        self.add_up();
        self
    }

    /// What attacker `id` does as its chain `number`.
    pub fn pick(&self, id: u32, number: u64) -> Pick {
        if let Some(gate) = &self.gate {
            let changes = gate.readiness.changes();
            if gate.seen.replace(changes) != changes {
                self.add_up();
            }
        }
        let sums = self.sums.borrow();
        let total = sums.last().copied().unwrap_or(0.0);
        if total <= 0.0 {
            return self.nothing();
        }
        if sums.len() == 1 {
            return Pick::Chain(0);
        }
        let seed = chain_seed(self.seed, id, number);
        let draw = SmallRng::seed_from_u64(seed).random::<f64>() * total;
        let at = sums.partition_point(|sum| *sum <= draw);
        // Only rounding leads past the end; the last chain with a weight is as good as any.
        let last = || sums.partition_point(|sum| *sum < total);
        Pick::Chain(if at < sums.len() { at } else { last() })
    }

    /// Never picks chain `at` again.
    pub fn take_out(&self, at: usize) {
        self.weights.borrow_mut()[at] = 0.0;
        self.add_up();
    }

    fn nothing(&self) -> Pick {
        match &self.gate {
            Some(gate) if self.weights.borrow().iter().any(|weight| *weight > 0.0) => {
                Pick::NoneReady(gate.seen.get())
            }
            _ => Pick::NoneLeft,
        }
    }

    fn add_up(&self) {
        let weights = self.weights.borrow();
        let ready = |at: usize| match &self.gate {
            Some(gate) => gate.readiness.is_ready(gate.scripts[at]),
            None => true,
        };
        let weights = weights.iter().enumerate();
        let weights = weights.map(|(at, weight)| if ready(at) { *weight } else { 0.0 });
        self.sums.replace(sums(weights));
    }
}

fn sums(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |weight| {
        sum += weight;
        sum
    };
    weights.map(add).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn picked(mix: &Mix, of: usize) -> Vec<u32> {
        let mut counts = vec![0; of];
        for number in 0..4_000 {
            let Pick::Chain(at) = mix.pick(7, number) else { panic!("one is left") };
            counts[at] += 1;
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
        assert_eq!(mix.pick(7, 0), Pick::NoneLeft);
    }

    #[test]
    fn a_lone_chain_needs_no_weight() {
        let mix = Mix::new(&[0.0], 5);
        assert_eq!(mix.pick(0, 0), Pick::Chain(0));
        mix.take_out(0);
        assert_eq!(mix.pick(0, 1), Pick::NoneLeft);
        assert_eq!(Mix::new(&[], 5).pick(0, 0), Pick::NoneLeft);
    }

    #[test]
    fn only_what_is_ready_is_picked() {
        let readiness = Arc::new(Readiness::new([true, true]));
        let answer = |script, ready: bool| readiness.answer(script, ready.into(), Instant::now());
        // Two chains of the second script, as cases are.
        let mix = Mix::new(&[1.0, 1.0, 1.0], 5).gated(Arc::clone(&readiness), vec![0, 1, 1]);
        assert_eq!(mix.pick(7, 0), Pick::NoneReady(0));
        answer(1, true);
        let counts = picked(&mix, 3);
        assert!(counts[0] == 0 && counts[1] > 1_800 && counts[2] > 1_800, "{counts:?}");
        answer(0, true);
        mix.take_out(1);
        let counts = picked(&mix, 3);
        assert!(counts[0] > 1_800 && counts[1] == 0 && counts[2] > 1_800, "{counts:?}");
        answer(0, false);
        answer(1, false);
        assert_eq!(mix.pick(7, 0), Pick::NoneReady(readiness.changes()));
        mix.take_out(0);
        mix.take_out(2);
        assert_eq!(mix.pick(7, 0), Pick::NoneLeft);
    }
}
