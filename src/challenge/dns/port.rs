//! Opening one port number for both transports.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::{TcpListener, UdpSocket};

use super::{datagram, tcp, udp};
use crate::challenge::listen::{Listener, Shared, StartError, accept_all, bind};

/// How often a free port is looked for: one that TCP got may be taken for UDP.
const ATTEMPTS: u32 = 16;

/// Questions that may wait: a CA that validates orders of many names sends thousands at once, and what
/// finds no room is lost until the CA asks again, seconds later.
const RECEIVE_BUFFER_BYTES: usize = 8 * 1024 * 1024;

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "DNS",
    option: "--dns-port",
    addr_option: "--challenge-addr",
    addr: |options| options.addr,
    ports: |options| &options.dns_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let (listener, socket, port) = bind_both(addr)?;
    tokio::spawn(udp::serve(socket, shared.clone()));
    let shared = shared.clone();
    tokio::spawn(accept_all(listener, move |stream| tcp::serve(stream, shared.clone())));
    Ok(port)
}

fn bind_both(mut addr: SocketAddr) -> io::Result<(TcpListener, UdpSocket, u16)> {
    let any = addr.port() == 0;
    let mut attempt = 1;
    loop {
        let (listener, port) = bind(addr)?;
        addr.set_port(port);
        match bind_udp(addr) {
            Ok(socket) => return Ok((listener, socket, port)),
            Err(error) if any && attempt < ATTEMPTS && error.kind() == ErrorKind::AddrInUse => {
                addr.set_port(0);
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn bind_udp(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(addr)?;
    socket.set_nonblocking(true)?;
    // The system gives what it allows.
    SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    datagram::watch_destinations(&socket, addr)?;
    UdpSocket::from_std(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;

    #[tokio::test]
    async fn both_transports_have_the_same_port() {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (listener, socket, port) = bind_both(any).expect("a free port");
        assert_eq!(listener.local_addr().expect("bound").port(), port);
        assert_eq!(socket.local_addr().expect("bound").port(), port);
        drop(listener);
        let taken = bind_both(socket.local_addr().expect("bound")).expect_err("UDP is taken");
        assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    }
}
