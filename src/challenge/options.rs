//! Where the challenge server listens and what it says of itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

/// What the options of the command line choose. Each list of ports has one listener a port; 0 picks
/// a free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeOptions {
    /// Where every port is bound.
    pub addr: IpAddr,
    /// What its DNS says for every A and AAAA question of a name that has no answer of its own.
    pub answer_addr: IpAddr,
    /// HTTP-01.
    pub http_ports: Vec<u16>,
    /// TLS-ALPN-01, simpleHttps and dvsni.
    pub tls_ports: Vec<u16>,
    /// DNS over UDP and TCP.
    pub dns_ports: Vec<u16>,
    /// DNS over HTTPS (RFC 8484).
    pub doh_ports: Vec<u16>,
    /// The certificate chain of DNS over HTTPS, PEM, and its key; without them a self-signed one.
    pub doh_identity: Option<(PathBuf, PathBuf)>,
    /// Where the management interface listens: whoever reaches it decides what is answered.
    pub management_addr: IpAddr,
    /// Its port; without one there is no management interface.
    pub management_port: Option<u16>,
}

impl ChallengeOptions {
    /// Whether it listens anywhere.
    pub fn opens_any_port(&self) -> bool {
        let all = [&self.http_ports, &self.tls_ports, &self.dns_ports, &self.doh_ports];
        self.management_port.is_some() || all.iter().any(|ports| !ports.is_empty())
    }
}

/// The address of this machine that reaches who listens on `addr`, which may be a wildcard.
pub fn reachable(addr: IpAddr) -> IpAddr {
    match addr {
        IpAddr::V4(addr) if addr.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(addr) if addr.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        addr => addr,
    }
}

impl Default for ChallengeOptions {
    fn default() -> Self {
        Self {
            addr: Ipv4Addr::LOCALHOST.into(),
            answer_addr: Ipv4Addr::LOCALHOST.into(),
            http_ports: Vec::new(),
            tls_ports: Vec::new(),
            dns_ports: Vec::new(),
            doh_ports: Vec::new(),
            doh_identity: None,
            management_addr: Ipv4Addr::LOCALHOST.into(),
            management_port: None,
        }
    }
}
