//! The program as people type it: options, commands, exit codes, what it prints and writes.

mod api;
mod ca;
mod cases;
mod check;
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod connections;
mod examples;
mod mix;
mod once;
mod open;
mod plan;
mod profiles;
mod raw;
mod readme;
mod thresholds;
mod usage;
mod validation;
