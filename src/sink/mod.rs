//! Showing: one file per consumer of what was measured.

mod audit;
mod body;
mod cases;
pub mod exchange;
pub mod human;
mod json;
mod jws;
pub mod progress;
pub mod style;
mod table;
pub mod text;
