//! `challenge`: answers that the CA under test fetches, right ones and wrong ones.

mod answer;
mod api;
mod dns01;
mod dvsni;
mod http01;
mod misbehave;
mod name;
mod records;
mod simple_https;
mod tls_alpn01;

pub use api::module;
pub use dns01::PERSIST_KEYS as DNS_PERSIST_KEYS;
pub use misbehave::KEYS as MISBEHAVE_KEYS;
