//! HTTP-01 (RFC 8555 section 8.3): the CA fetches `/.well-known/acme-challenge/TOKEN`.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use super::listen::{Listener, Shared, StartError, accept, bind};
use super::web::connection;

pub(super) const LISTENER: Listener = Listener {
    what: "HTTP-01",
    option: "--http-port",
    addr: |options| options.addr,
    ports: |options| &options.http_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let (listener, port) = bind(addr)?;
    tokio::spawn(serve(listener, shared.clone()));
    Ok(port)
}

async fn serve(listener: TcpListener, shared: Shared) {
    loop {
        let stream = accept(&listener).await;
        tokio::spawn(connection::serve::<TcpStream>(stream, shared.clone()));
    }
}
