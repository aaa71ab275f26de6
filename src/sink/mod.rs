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
pub mod live;
mod log;
pub mod output;
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
pub mod whole_file;
