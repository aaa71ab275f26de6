//! The script API: one file per module, bindings only.

pub mod convert;
pub mod json;
