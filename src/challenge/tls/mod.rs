//! What is served over TLS, by the protocol (ALPN) and the name (SNI) that are asked for:
//! TLS-ALPN-01, simpleHttps and dvsni.

mod certificate;
mod config;
mod connection;
mod content;
pub(super) mod listener;
#[cfg(test)]
mod testing;
