//! Medians: the machine's other work disturbs single runs.

use crate::Outcome;

/// How often each figure is taken.
pub(crate) const ROUNDS: usize = 3;

/// The middle one of `values`, which must not be empty.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs all of `figures` in turn, [`ROUNDS`] times, and returns the results by figure and round.
/// Taking turns lets what else the machine does fall on all of them alike.
pub(crate) fn alternate<const N: usize>(
    figures: [&dyn Fn() -> Outcome<f64>; N],
) -> Outcome<[Vec<f64>; N]> {
    let mut results = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (figure, results) in figures.iter().zip(&mut results) {
            results.push(figure()?);
        }
    }
    Ok(results)
}

/// `one` by `other`, round by round.
pub(crate) fn ratios(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one / other).collect()
}
