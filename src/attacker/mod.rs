//! The simulated user: its fiber, its state, its loop.

pub mod case;
pub mod context;
pub mod fiber;
pub mod ground;
pub mod life;
pub mod mix;
pub mod orders;
pub mod panics;
pub mod readiness;
pub mod running;
pub mod seat;
