//! Scripts: the engine and its limits, the standard library, loading, calling, failing.

pub mod engine;
pub mod env;
pub mod failure;
pub mod loaded;
pub mod stdlib;
