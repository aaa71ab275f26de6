//! The listener for everything over TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::config::TlsConfigs;
use super::connection;
use crate::challenge::listen::{Listener, Shared, StartError, serve_all};

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "TLS-ALPN-01",
    option: "--tls-port",
    addr_option: "--challenge-addr",
    addr: |options| options.addr,
    ports: |options| &options.tls_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let configs = Arc::new(TlsConfigs::new().map_err(io::Error::other)?);
    let shared = shared.clone();
    let serve = move |stream| connection::serve(stream, shared.clone(), Arc::clone(&configs));
    Ok(serve_all(addr, serve)?)
}
