//! Measuring: samples, histograms, error groups, the summary.

pub mod sample;
