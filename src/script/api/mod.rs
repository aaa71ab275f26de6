//! The script API as data.

pub mod metadata;
