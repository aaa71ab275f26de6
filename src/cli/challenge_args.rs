//! The options of the challenge server, which load commands and `challenge-server` share.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::challenge::options::{ChallengeOptions, reachable};

/// Options of the challenge server.
#[derive(Debug, Args)]
pub(super) struct ChallengeArgs {
    /// Where the challenge server listens
    #[arg(long, value_name = "IP", default_value = "127.0.0.1", help_heading = "Challenge server")]
    pub(super) challenge_addr: IpAddr,
    /// Its ports for HTTP-01; 0 picks a free one, `off` leaves it out [default: 5002, or a free one
    /// with the embedded CA]
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = parse_port, help_heading = "Challenge server")]
    http_port: Vec<PortArg>,
    /// Its ports for TLS-ALPN-01 [default: 5001]
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = parse_port, help_heading = "Challenge server")]
    tls_port: Vec<PortArg>,
    /// Its ports for DNS over UDP and TCP [default: 8053]
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = parse_port, help_heading = "Challenge server")]
    dns_port: Vec<PortArg>,
    /// Its ports for DNS over HTTPS [default: 8443]
    #[arg(long, value_name = "PORT", value_delimiter = ',', value_parser = parse_port, help_heading = "Challenge server")]
    doh_port: Vec<PortArg>,
    /// Certificate chain for DNS over HTTPS; without it a self-signed one
    #[arg(long, value_name = "PEM", requires = "doh_key", help_heading = "Challenge server")]
    doh_cert: Option<PathBuf>,
    /// Private key of --doh-cert
    #[arg(long, value_name = "PEM", requires = "doh_cert", help_heading = "Challenge server")]
    doh_key: Option<PathBuf>,
    /// What its DNS says for every A and AAAA question [default: --challenge-addr]
    #[arg(long, value_name = "IP", help_heading = "Challenge server")]
    answer_addr: Option<IpAddr>,
    /// Port of its management interface, which pebble-challtestsrv's clients can use [default:
    /// off, or 8055 with challenge-server]
    #[arg(long, value_name = "PORT", value_parser = parse_port, help_heading = "Challenge server")]
    management_port: Option<PortArg>,
    /// Where its management interface listens
    #[arg(long, value_name = "IP", default_value = "127.0.0.1", help_heading = "Challenge server")]
    management_addr: IpAddr,
}

/// Which ports are opened where the options name none.
pub(super) struct DefaultPorts {
    pub(super) http: &'static [u16],
    pub(super) tls: &'static [u16],
    pub(super) dns: &'static [u16],
    pub(super) doh: &'static [u16],
    pub(super) management: Option<u16>,
}

impl DefaultPorts {
    /// Pebble's and old Boulder's, and new Boulder's for DNS over HTTPS.
    pub(super) const FIXED: Self =
        Self { http: &[5002], tls: &[5001], dns: &[8053], doh: &[8443], management: None };
    /// As pebble-challtestsrv has them.
    pub(super) const ALONE: Self = Self { management: Some(8055), ..Self::FIXED };
    /// The embedded CA is told the ports, so two runs at once need not fight for one.
    pub(super) const FREE: Self =
        Self { http: &[0], tls: &[0], dns: &[0], doh: &[], management: None };
    /// Nothing unless asked for.
    pub(super) const NONE: Self =
        Self { http: &[], tls: &[], dns: &[], doh: &[], management: None };
}

impl ChallengeArgs {
    /// What these options choose, with `default` ports where they choose none.
    pub(super) fn options(&self, default: &DefaultPorts) -> ChallengeOptions {
        ChallengeOptions {
            addr: self.challenge_addr,
            answer_addr: self.answer_addr.unwrap_or_else(|| reachable(self.challenge_addr)),
            http_ports: ports(&self.http_port, default.http),
            tls_ports: ports(&self.tls_port, default.tls),
            dns_ports: ports(&self.dns_port, default.dns),
            doh_ports: ports(&self.doh_port, default.doh),
            doh_identity: self.doh_cert.clone().zip(self.doh_key.clone()),
            management_addr: self.management_addr,
            management_port: self.management_port.map_or(default.management, PortArg::number),
        }
    }
}

/// One value of `--http-port` and its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PortArg {
    /// Do not listen.
    Off,
    /// Listen here.
    Port(u16),
}

impl PortArg {
    fn number(self) -> Option<u16> {
        match self {
            Self::Off => None,
            Self::Port(port) => Some(port),
        }
    }
}

fn ports(given: &[PortArg], default: &[u16]) -> Vec<u16> {
    if given.is_empty() {
        return default.to_vec();
    }
    given.iter().copied().filter_map(PortArg::number).collect()
}

fn parse_port(text: &str) -> Result<PortArg, String> {
    if text == "off" {
        return Ok(PortArg::Off);
    }
    text.parse()
        .map(PortArg::Port)
        .map_err(|_| format!("`{text}` is no port; write 0 to 65535, or off"))
}
