//! The script API: one file per module, bindings only.
// What Rhai's `#[export_module]` asks for or writes itself: `pub` functions in a private module, a
// glob import, arguments by value, and `unwrap`s on the argument list.
#![allow(
    unreachable_pub,
    clippy::wildcard_imports,
    clippy::needless_pass_by_value,
    clippy::unwrap_used
)]

pub mod codec;
pub mod convert;
pub mod csr;
pub mod json;
pub mod jws;
pub mod key;
#[cfg(test)]
pub(crate) mod testing;
