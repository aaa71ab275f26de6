//! Measuring: samples, histograms, error groups, the summary.

pub mod audit_block;
mod blocks;
pub mod buckets;
pub mod built_in;
pub mod case_block;
pub mod distribution;
pub mod environment;
pub mod errors;
pub mod event;
pub mod figure;
#[cfg(test)]
pub(crate) mod fixture;
pub mod gather;
pub mod interval;
pub mod live;
pub mod metrics;
mod normalise;
pub mod outlet;
pub mod process;
pub mod read_summary;
pub mod reading;
pub mod recorder;
pub mod sample;
pub mod series;
pub mod snapshot;
pub mod summarise;
pub mod summary;
pub mod tap;
pub mod threshold;
pub mod totals;
pub mod value;
