//! Free ports.

use std::net::TcpListener;

/// Options that let the challenge server take free ports for all but HTTP-01, so that tests can run
/// side by side: its ports are fixed against a CA that `--directory` names.
pub(crate) const FREE_PORTS: &str = "--tls-port 0 --dns-port 0 --doh-port off";

/// A port of 127.0.0.1 that nobody listens on right now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    listener.local_addr().expect("it is bound").port()
}
