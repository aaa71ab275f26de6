//! Random choices that do not depend on how long or large the things are that are chosen from.

use rand::{Rng, SeedableRng, rngs::SmallRng};

/// The choices of one mutation.
///
/// Each takes one number from the generator whatever it chooses from, so that a mutation is the same
/// for a request with another nonce, key, or account URL.
pub(super) struct Dice(SmallRng);

impl Dice {
    /// The choices of `roll` under `seed`.
    pub(super) fn new(seed: u64, roll: u64) -> Self {
        // An odd factor spreads neighbouring rolls; the generator mixes the rest.
        Self(SmallRng::seed_from_u64(seed ^ roll.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `count`; 0 if there is none.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let share = u64::from(self.0.random::<u32>());
        ((share * count as u64) >> 32) as usize
    }

    /// One of two.
    pub(super) fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of `list`, which is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_from_does_not_change_what_comes_next() {
        let (mut one, mut other) = (Dice::new(7, 1), Dice::new(7, 1));
        let (few, many) = (one.below(10), other.below(1_000_000));
        assert_eq!(few, many / 100_000, "the same place");
        assert_eq!(one.below(1_000), other.below(1_000));
        assert_eq!(one.below(0), 0);
    }

    #[test]
    fn all_of_a_list_are_chosen() {
        let mut dice = Dice::new(1, 0);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[dice.pick(&[0, 1, 2, 3, 4])] = true;
        }
        assert_eq!(seen, [true; 5]);
    }
}
