//! sink.
pub mod exchange;
