//! Routes: what a backend answers to which request, read from a JSON file.
//!
//! `file` is the file as serde reads it, and `load` makes of it what requests are answered from; the
//! others are one ability each.

mod access;
mod answer;
mod error;
mod fields;
mod form;
mod latency;
mod load;
mod pattern;
mod rate_limit;
mod template;

pub(super) use answer::Asked;
pub use answer::Routes;
pub use error::RoutesError;
