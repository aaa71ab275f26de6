//! What is told of a run besides its summary: the log, the CSV file, StatsD, Prometheus.

mod bad_input;
#[path = "../common/mod.rs"]
mod common;
mod csv_file;
mod dashboard;
mod disk;
mod fixture;
mod log_file;
mod node_statsd;
mod prometheus;
mod prometheus_server;
mod scrape;
mod statsd;
