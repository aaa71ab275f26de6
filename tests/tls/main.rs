//! `tls::handshake` and `--source-addrs` against nginx and openssl.

#[path = "../common/mod.rs"]
mod common;
mod connectors;
mod fixture;
mod handshake;
mod load;
mod refused;
mod resume;
mod source_addrs;
