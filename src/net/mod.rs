//! HTTP as the attacking side speaks it: one measured exchange at a time, raw bytes, and TLS
//! handshakes alone.

pub mod body;
pub mod client;
pub mod configs;
pub mod connect;
pub mod dial;
pub mod error;
pub mod guard;
pub mod handshake;
pub mod raw;
pub mod source;
pub mod tls;
pub mod verifier;
