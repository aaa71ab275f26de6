//! What `coyote backend` runs: an HTTP/1.1 server that stands behind a proxy, or in for a service that is
//! not to be had.
//!
//! It answers with its id and the port that it was asked from; `routes` makes it a small programmable
//! service. It knows nothing of scripts, nor do attackers know of it.

mod answer;
mod connection;
mod options;
mod routes;
mod server;

pub use options::{BackendError, BackendOptions};
pub use routes::{Routes, RoutesError};
pub use server::RunningBackend;
