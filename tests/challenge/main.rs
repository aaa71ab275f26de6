//! What scripts publish, fetched by programs that others wrote.

#[path = "../common/mod.rs"]
mod common;
mod fetch;
mod misbehaviour;
mod tls;
