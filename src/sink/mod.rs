//! Showing: one file per consumer of what was measured.

mod human;
pub mod style;
mod table;
pub mod text;
