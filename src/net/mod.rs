//! HTTP as the attacking side speaks it: one measured exchange at a time, and raw bytes.

pub mod body;
pub mod client;
pub mod connect;
pub mod error;
pub mod guard;
pub mod raw;
pub mod tls;
