//! Measuring: samples, histograms, error groups, the summary.

pub mod distribution;
pub mod errors;
pub mod interval;
pub mod metrics;
mod normalise;
pub mod recorder;
pub mod sample;
pub mod series;
pub mod totals;
pub mod value;
