//! The suite of malformed requests in `scripts/bad`: complete, and rightly answered by the embedded CA.

mod catalogue;
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod embedded;
mod load;
mod mutations;
mod scratch_case;
