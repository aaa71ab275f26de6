//! Faults on purpose: what clients of a CA in trouble meet, by endpoint, probability or count.

mod active;
mod fault;

pub(super) use active::Faults;
pub use fault::Fault;
pub(super) use fault::{What, When};
