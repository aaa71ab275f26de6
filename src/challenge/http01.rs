//! HTTP-01 (RFC 8555 section 8.3): the CA fetches `/.well-known/acme-challenge/TOKEN`.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::listen::{Listener, Shared, StartError, serve_all};
use super::web::connection;

pub(super) const LISTENER: Listener = Listener {
    what: "HTTP-01",
    option: "--http-port",
    addr_option: "--challenge-addr",
    addr: |options| options.addr,
    ports: |options| &options.http_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let shared = shared.clone();
    let serve = move |stream| connection::serve::<TcpStream>(stream, shared.clone());
    Ok(serve_all(addr, serve)?)
}
