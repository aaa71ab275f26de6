//! What is to be done, as plain data: nothing here runs anything.

pub mod duration;
pub mod options;
pub mod run_plan;
pub mod settings;
