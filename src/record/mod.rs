//! Measuring: samples, histograms, error groups, the summary.

pub mod audit_block;
mod blocks;
pub mod built_in;
pub mod case_block;
pub mod distribution;
pub mod environment;
pub mod errors;
pub mod event;
#[cfg(test)]
pub(crate) mod fixture;
pub mod interval;
pub mod metrics;
mod normalise;
pub mod outlet;
pub mod process;
pub mod read_summary;
pub mod reading;
pub mod recorder;
pub mod sample;
pub mod series;
pub mod summarise;
pub mod summary;
pub mod tap;
pub mod threshold;
pub mod totals;
pub mod value;
