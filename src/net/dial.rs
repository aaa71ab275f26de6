//! New TCP connections: name resolution and connecting, each timed, from a local address of choice.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::IpBindAddressNoPort;
use tokio::net::{TcpSocket, TcpStream};
use url::{Host, Url};

use crate::error::ErrorKind;
use crate::net::error::{NetError, no_port_left};
use crate::net::guard::Guard;
use crate::record::sample::Timings;

/// Whom to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Its name or address.
    pub host: Host,
    /// Its port.
    pub port: u16,
}

impl Target {
    /// The server of `url`.
    ///
    /// # Errors
    /// When it names none, or no port and no scheme that implies one.
    pub fn of(url: &Url) -> Result<Self, NetError> {
        let wrong =
            |why: &str| NetError::new(ErrorKind::Argument, format!("the URL `{url}` {why}"));
        let host = url.host().ok_or_else(|| wrong("names no server"))?.to_owned();
        let port = url.port_or_known_default().ok_or_else(|| wrong("names no port"))?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// From where to connect, and whom not to.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// Our address; the system's choice without one.
    pub source: Option<IpAddr>,
    /// Whom not to call.
    pub guard: &'a Guard,
}

/// What is known of a connection, also while it is being made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link {
    /// How the time was spent.
    pub timings: Timings,
    /// Our end.
    pub local: Option<SocketAddr>,
    /// Their end.
    pub remote: Option<SocketAddr>,
}

/// Connects to `target`, whose addresses are tried in turn, and notes the steps in `link`.
///
/// # Errors
/// Public CAs, name resolution, connecting.
pub async fn connect(
    target: &Target,
    caller: Caller<'_>,
    link: &mut Link,
) -> Result<TcpStream, NetError> {
    if let Some(why) = caller.guard.refusal(&target.host.to_string()) {
        return Err(NetError::new(ErrorKind::Refused, why));
    }
    let begun = Instant::now();
    let addresses = resolve(target, caller.source).await?;
    if let Host::Domain(_) = target.host {
        link.timings.blocked = begun.elapsed();
    }
    let begun = Instant::now();
    let stream = first_of(&addresses, caller.source).await.map_err(|error| {
        let hint = no_port_left(&error);
        NetError::new(ErrorKind::Connect, format!("cannot connect to {target}: {error}{hint}"))
    });
    link.timings.connecting = begun.elapsed();
    let stream = stream?;
    link.local = stream.local_addr().ok();
    link.remote = stream.peer_addr().ok();
    // Without it a connection works too, only slower.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The addresses of `target` that can be reached from `source`; at least one.
async fn resolve(target: &Target, source: Option<IpAddr>) -> Result<Vec<SocketAddr>, NetError> {
    let port = target.port;
    let name = match &target.host {
        Host::Ipv4(ip) => return Ok(vec![(*ip, port).into()]),
        Host::Ipv6(ip) => return Ok(vec![(*ip, port).into()]),
        Host::Domain(name) => name,
    };
    let failed = |reason: &dyn fmt::Display| {
        NetError::new(ErrorKind::Dns, format!("the name {name} does not resolve: {reason}"))
    };
    let found = tokio::net::lookup_host((name.as_str(), port)).await.map_err(|e| failed(&e))?;
    let reachable = |address: &SocketAddr| {
        source.is_none_or(|source| source.is_ipv4() == address.ip().is_ipv4())
    };
    let addresses: Vec<_> = found.filter(reachable).collect();
    match (addresses.is_empty(), source) {
        (false, _) => Ok(addresses),
        (true, Some(source)) => Err(failed(&format!("no address that {source} could reach"))),
        (true, None) => Err(failed(&"no address")),
    }
}

async fn first_of(addresses: &[SocketAddr], source: Option<IpAddr>) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        let attempt = match source {
            Some(source) => connect_from(source, *address).await,
            None => TcpStream::connect(*address).await,
        };
        match attempt {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_from(source: IpAddr, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // The port is then chosen when connecting, so that each server has all ports of an address. A
    // system that cannot do it chooses here, and has fewer.
    let _ = setsockopt(&socket, IpBindAddressNoPort, &true);
    socket.bind((source, 0).into()).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot use the source address {source}: {error}"))
    })?;
    socket.connect(address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::of(&Url::parse(url).expect("a URL")).expect("a target")
    }

    async fn dial(url: &str, source: Option<&str>) -> (Result<TcpStream, NetError>, Link) {
        let source = source.map(|text| text.parse().expect("an address"));
        let (mut link, guard) = (Link::default(), Guard::default());
        (connect(&target(url), Caller { source, guard: &guard }, &mut link).await, link)
    }

    #[tokio::test]
    async fn connects_from_the_given_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (stream, link) = dial(&url, Some("127.1.2.3")).await;
        stream.expect("connects");
        assert_eq!(link.local.expect("noted").ip().to_string(), "127.1.2.3");
        assert_eq!(link.remote, listener.local_addr().ok());
        assert!(!link.timings.connecting.is_zero());
    }

    #[tokio::test]
    async fn failures_say_why() {
        let (refused, link) = dial("http://127.0.0.1:1", None).await;
        let refused = refused.expect_err("nobody listens");
        assert_eq!(refused.kind, ErrorKind::Connect);
        assert!(refused.message.starts_with("cannot connect to 127.0.0.1:1: "), "{refused}");
        assert!(link.local.is_none());
        let not_ours = dial("http://127.0.0.1:1", Some("192.0.2.1")).await.0.expect_err("not ours");
        assert!(not_ours.message.contains("cannot use the source address 192.0.2.1"), "{not_ours}");
        let other_family = dial("http://localhost:1", Some("2001:db8::1")).await.0;
        assert!(other_family.is_err());
        let unknown =
            dial("http://no-such-host.invalid:1", None).await.0.expect_err("no such host");
        assert_eq!(unknown.kind, ErrorKind::Dns);
        let public =
            dial("https://acme-v02.api.letsencrypt.org", None).await.0.expect_err("public");
        assert_eq!(public.kind, ErrorKind::Refused);
    }
}
