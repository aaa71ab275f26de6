//! What is to be done, as plain data: nothing here runs anything.

pub mod duration;
pub mod options;
