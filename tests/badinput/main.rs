//! What goes wrong around a run: one clear message that says what to do, the right exit code, and
//! no lost measurements.

#[path = "../common/mod.rs"]
mod common;
mod dead_ca;
mod directory;
mod public_ca;
mod system;
