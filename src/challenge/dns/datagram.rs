//! Datagrams, and which of this machine's addresses each was sent to. An answer has to leave from
//! there: on a wildcard address the system would pick one by itself, and who asked another drops it.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use libc::{in_pktinfo, in6_pktinfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt,
    sockopt,
};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Who sent a datagram, and where to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    addr: SockaddrStorage,
    asked: Option<Asked>,
}

/// The address of this machine that was asked.
#[derive(Debug, Clone, Copy)]
enum Asked {
    V4(in_pktinfo),
    /// Of both families, where the socket serves both.
    V6(in6_pktinfo),
}

/// Has the system tell of each datagram at `socket`, bound to `addr`, where it was sent to.
pub(super) fn watch_destinations(socket: &std::net::UdpSocket, addr: SocketAddr) -> io::Result<()> {
    match addr {
        SocketAddr::V4(_) => setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?,
        SocketAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?,
    }
    Ok(())
}

/// The length of the next datagram, which is put into `buffer`, and who sent it.
pub(super) async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, Peer)> {
    let receive = || {
        let mut space = nix::cmsg_space!(in6_pktinfo);
        let mut into = [IoSliceMut::new(buffer)];
        let (fd, flags) = (socket.as_raw_fd(), MsgFlags::empty());
        let received = recvmsg::<SockaddrStorage>(fd, &mut into, Some(&mut space), flags)?;
        let asked = received.cmsgs()?.find_map(|told| match told {
            // Of the interface nothing is kept: routes decide where an answer leaves.
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                Some(Asked::V4(in_pktinfo { ipi_ifindex: 0, ..info }))
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => {
                Some(Asked::V6(in6_pktinfo { ipi6_ifindex: 0, ..info }))
            }
            _ => None,
        });
        let addr = received.address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok((received.bytes, Peer { addr, asked }))
    };
    socket.async_io(Interest::READABLE, receive).await
}

/// Sends `message` to `peer` from the address that it asked.
pub(super) async fn send(socket: &UdpSocket, message: &[u8], peer: &Peer) -> io::Result<()> {
    let from = peer.asked.as_ref().map(|asked| match asked {
        Asked::V4(info) => ControlMessage::Ipv4PacketInfo(info),
        Asked::V6(info) => ControlMessage::Ipv6PacketInfo(info),
    });
    let send = || {
        let (fd, message) = (socket.as_raw_fd(), [IoSlice::new(message)]);
        sendmsg(fd, &message, from.as_slice(), MsgFlags::empty(), Some(&peer.addr))?;
        Ok(())
    };
    socket.async_io(Interest::WRITABLE, send).await
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::time::Duration;

    use super::*;

    /// What a client gets back that takes answers from the address that it asked alone.
    async fn echo(bound: IpAddr, asked: IpAddr) -> Vec<u8> {
        let server = std::net::UdpSocket::bind((bound, 0)).expect("a free port");
        let addr = server.local_addr().expect("bound");
        watch_destinations(&server, addr).expect("can be set");
        server.set_nonblocking(true).expect("can be set");
        let server = UdpSocket::from_std(server).expect("in a runtime");
        let client = std::net::UdpSocket::bind((asked, 0)).expect("an address of this machine");
        client.set_read_timeout(Some(Duration::from_secs(5))).expect("can be set");
        client.connect((asked, addr.port())).expect("connects");
        client.send(b"question").expect("sends");
        let mut buffer = [0; 64];
        let (length, peer) = receive(&server, &mut buffer).await.expect("receives");
        send(&server, &buffer[..length], &peer).await.expect("sends");
        let length = client.recv(&mut buffer).expect("from there");
        buffer[..length].to_vec()
    }

    #[tokio::test]
    async fn answers_leave_from_the_address_that_was_asked() {
        let (any_v4, any_v6) = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        let second = IpAddr::from([127, 0, 0, 2]);
        for (bound, asked) in [
            (any_v4, second),
            (any_v6, second),
            (any_v6, Ipv6Addr::LOCALHOST.into()),
            (second, second),
        ] {
            assert_eq!(echo(bound, asked).await, b"question", "{asked} at {bound}");
        }
    }
}
