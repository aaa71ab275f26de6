//! Measuring: samples, histograms, error groups, the summary.

pub mod audit_block;
mod blocks;
pub mod built_in;
pub mod case_block;
pub mod distribution;
pub mod errors;
#[cfg(test)]
pub(crate) mod fixture;
pub mod interval;
pub mod metrics;
mod normalise;
pub mod process;
pub mod reading;
pub mod recorder;
pub mod sample;
pub mod series;
pub mod summarise;
pub mod summary;
pub mod threshold;
pub mod totals;
pub mod value;
