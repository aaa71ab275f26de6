//! coyote: a scriptable load tester for ACME certificate authorities.
//!
//! Data flows one way: `cli -> plan -> scheduler -> attacker -> host -> record -> sink`.
//! `net`, `jose`, `pki`, `db`, `challenge` and `store` are what host modules bind; they know nothing of
//! scripts.
//! `ca` is the embedded CA; it shares no protocol code with the attacking side. `backend` is what
//! `coyote backend` runs.

pub mod attacker;
pub mod audit;
pub mod backend;
pub mod ca;
pub mod challenge;
pub mod cli;
pub mod db;
pub mod error;
pub mod host;
pub mod jose;
pub mod mutate;
pub mod nearest;
pub mod net;
pub mod pki;
pub mod plan;
pub mod profile;
pub mod record;
pub mod report;
pub mod scheduler;
pub mod script;
pub mod sink;
pub mod store;
