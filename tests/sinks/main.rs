//! What takes each event of a run: the log, the CSV file, StatsD.

mod bad_input;
#[path = "../common/mod.rs"]
mod common;
mod csv_file;
mod disk;
mod fixture;
mod log_file;
mod node_statsd;
mod statsd;
