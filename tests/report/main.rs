//! The HTML report, as a browser has it.

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod damaged;
mod fixture;
mod from_log;
mod hostile;
mod live;
mod page;
mod screens;
mod unwritable;
