//! Scripts: the engine and its limits, the standard library, loading, calling, failing; and as text:
//! where imports lead, what `check` and `api` read.

pub mod api;
pub mod cases;
pub mod check;
pub mod data;
pub mod engine;
pub mod env;
pub mod failure;
#[cfg(test)]
mod fixture;
pub mod loaded;
mod own_names;
pub mod resolve;
pub mod source;
pub mod stdlib;
