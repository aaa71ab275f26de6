//! Measuring: samples, histograms, error groups, the summary.

mod blocks;
pub mod case_block;
pub mod distribution;
pub mod errors;
pub mod event;
#[cfg(test)]
pub(crate) mod fixture;
pub mod interval;
pub mod metrics;
mod normalise;
pub mod outlet;
pub mod process;
pub mod recorder;
pub mod sample;
pub mod series;
pub mod summarise;
pub mod summary;
pub mod tap;
pub mod totals;
pub mod value;
