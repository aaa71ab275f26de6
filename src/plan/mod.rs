//! What is to be done, as plain data: nothing here runs anything.

pub mod case;
pub mod duration;
pub mod expectation;
mod fields;
pub mod options;
pub mod run_plan;
pub mod scenario;
pub mod settings;
pub mod sinks;
pub mod timeline;

pub use fields::FieldsError;
