//! `challenge`: answers that the CA under test fetches, right ones and wrong ones.

mod answer;
mod api;
mod dvsni;
mod http01;
mod misbehave;
mod simple_https;
mod tls_alpn01;

pub use api::module;
pub use misbehave::KEYS as MISBEHAVE_KEYS;
