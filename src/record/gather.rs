//! What takes the values of a metric out of the series that have them.

use super::distribution::Distribution;

/// Takes the values of one metric, of as many series as it is given. Which values a metric of coyote's
/// own has is written once, in [`BUILT_IN`](super::built_in::BUILT_IN), whatever is made of them.
pub trait Gather {
    /// So many more.
    fn add_count(&mut self, count: u64);

    /// Of `all`, so many were so.
    fn add_share(&mut self, passes: u64, all: u64);

    /// Times in microseconds, which are told in milliseconds.
    fn add_durations(&mut self, micros: &Distribution);
}
