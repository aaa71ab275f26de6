//! The in-process challenge server: what the CA under test fetches to validate a name.
//!
//! One file per listener; each is started by one line in [`server`].

mod dns;
pub mod doh;
mod history;
mod http01;
mod listen;
mod manage;
pub mod options;
pub mod server;
pub mod store;
pub mod table;
pub mod zone;
