//! Lists of data that scripts read from files.

#[path = "../common/mod.rs"]
mod common;
mod credentials;
mod lists;
