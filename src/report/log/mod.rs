//! Reads what `--log` wrote.

mod collect;
mod line;
mod read;

pub use read::{LogError, read};
