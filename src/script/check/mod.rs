//! `coyote check`: every problem of a script that can be seen without running it.

mod calls;
mod checker;
mod contract;
mod known;
mod metrics;
mod modules;
mod problem;
mod taken;
mod unit;
mod uses;
mod variables;

pub use checker::{Checker, OptionKeys};
pub use problem::{Problem, render};
