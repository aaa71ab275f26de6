//! What is served over HTTP, plain or within TLS.

mod answer;
mod body;
pub(super) mod connection;
mod fault;
