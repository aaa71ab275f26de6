//! The program as people type it: options, commands, exit codes, what it prints and writes.

#[path = "../common/mod.rs"]
mod common;
