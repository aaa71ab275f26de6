//! The program as people type it: options, commands, exit codes, what it prints and writes.

mod api;
mod check;
#[path = "../common/mod.rs"]
mod common;
mod examples;
mod usage;
