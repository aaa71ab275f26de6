//! The in-process challenge server: what the CA under test fetches to validate a name.
//!
//! One file per listener; each is started by one line in [`server`].

pub mod domain;
mod http01;
mod listen;
pub mod misbehaviour;
pub mod options;
pub mod publications;
pub mod server;
pub mod store;
pub mod table;
#[cfg(test)]
mod testing;
mod tls;
mod web;
