//! The suite of malformed requests in `scripts/bad`: complete, and rightly answered by the embedded CA.

mod catalogue;
#[path = "../common/mod.rs"]
mod common;
mod changes;
mod embedded;
mod load;
mod mutations;
mod scratch_case;
