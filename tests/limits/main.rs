//! What a script may do to others: nothing. And how a run ends when it is told to.

#[path = "../common/mod.rs"]
mod common;
mod fairness;
mod fibers;
mod hostile;
mod stop;
