//! The simulated user: its fiber, its state, its loop.

pub mod fiber;
