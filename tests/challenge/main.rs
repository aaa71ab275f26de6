//! What scripts publish, fetched by programs that others wrote.

#[path = "../common/mod.rs"]
mod common;
mod dns;
mod ends;
mod fetch;
mod management;
mod misbehaviour;
mod standalone;
mod tls;
