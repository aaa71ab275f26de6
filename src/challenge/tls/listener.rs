//! The listener for everything over TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::config::TlsConfigs;
use super::connection;
use crate::challenge::listen::{Listener, Shared, StartError, accept, bind};

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "TLS-ALPN-01",
    option: "--tls-port",
    addr: |options| options.addr,
    ports: |options| &options.tls_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let tls = TlsConfigs::new().map_err(io::Error::other)?;
    let (listener, port) = bind(addr)?;
    tokio::spawn(serve(listener, shared.clone(), Arc::new(tls)));
    Ok(port)
}

async fn serve(listener: TcpListener, shared: Shared, tls: Arc<TlsConfigs>) {
    loop {
        let stream = accept(&listener).await;
        tokio::spawn(connection::serve(stream, shared.clone(), Arc::clone(&tls)));
    }
}
