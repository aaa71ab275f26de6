//! The in-process challenge server: what the CA under test fetches to validate a name.
//!
//! One file per listener; each is started by one line in [`server`].

mod dns;
pub mod doh;
pub mod domain;
mod history;
mod http01;
pub(crate) mod listen;
mod manage;
pub mod misbehaviour;
pub mod options;
pub mod publications;
mod request_body;
pub mod server;
pub mod store;
pub mod table;
#[cfg(test)]
mod testing;
mod tls;
mod web;
pub mod zone;
