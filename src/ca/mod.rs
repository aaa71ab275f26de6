//! The embedded CA: RFC 8555 with everything held in memory, fast enough not to be what limits a
//! run. It shares no protocol code with the attacking side (`jose`, `net`, `pki`), so that one bug
//! cannot cancel itself out.
//!
//! `wfe` speaks HTTP, `jose` verifies requests, `va` validates challenges, `issuer` signs
//! certificates, `store` holds what was made, `rows` writes it into tables like Boulder's where that is
//! asked for.

mod authority;
mod cert_id;
mod clock;
mod connection;
mod crl;
mod csr;
mod csr_form;
mod faults;
pub(crate) mod https;
mod identifier;
mod issuance;
mod issuer;
mod jose;
mod json;
mod limits;
mod manage;
mod model;
mod nonce;
mod options;
mod problem;
mod profiles;
mod resolver;
mod rows;
mod server;
mod store;
mod va;
mod wfe;

pub use faults::Fault;
pub use limits::Limit;
pub use options::{CaError, CaOptions, CertProfile, EabKey, EabOptions, ReuseOptions};
pub use rows::{CaDatabase, Location, StoreError, StoreFault, StoreOptions, StorePlace};
pub use server::RunningCa;
