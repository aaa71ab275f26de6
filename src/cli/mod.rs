//! The command line: options, and one file per command.

mod alone;
mod api;
mod args;
mod audit;
mod backend;
mod ca;
mod ca_args;
mod challenge_args;
mod challenge_server;
mod check;
mod choose_cases;
mod command;
mod compare;
mod counterparts;
mod database;
mod embedded_ca_args;
mod lifecycle;
mod load;
mod metrics;
mod once;
mod outputs;
mod plan;
mod preflight;
mod readiness;
mod reorder;
mod report;
mod script_files;
mod scripts;
mod shared;
mod sink_args;
mod sinks;
mod standalone;
mod summary;
mod tables;
mod thresholds;
mod transcript;
mod watch;

pub use command::main;

use crate::sink::output;
