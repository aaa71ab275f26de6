//! `--prometheus`: what was measured so far, for a Prometheus server that asks.

mod encode;
mod families;
mod labels;
mod names;
mod page;
mod server;

pub use server::Server;
