//! Free ports.

use std::net::TcpListener;

/// A port of 127.0.0.1 that nobody listens on right now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    listener.local_addr().expect("it is bound").port()
}
