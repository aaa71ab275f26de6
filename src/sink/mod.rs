//! Showing: one file per consumer of what was measured.

mod audit;
mod body;
mod by_stage;
mod cases;
mod chain_rows;
pub mod comparison;
mod csv;
pub mod event_sink;
pub mod exchange;
mod file;
pub mod human;
mod json;
mod jws;
mod log;
pub mod progress;
pub mod prometheus;
pub mod pump;
pub mod registry;
mod report;
mod statsd;
mod statsd_names;
pub mod style;
mod table;
pub mod text;
pub mod timeline;
pub mod whole_file;
