//! Scripts as text: the engine that runs them, where imports lead, what `check` and `api` read.

pub mod api;
pub mod check;
#[cfg(test)]
mod fixture;
pub mod resolve;
mod source;
