//! The options of the challenge server, which load commands and `challenge-server` share.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

use crate::challenge::options::{ChallengeOptions, reachable};

/// What leaves a kind of port out.
const OFF: &str = "off";

/// Options of the challenge server.
#[derive(Debug, Args)]
pub(super) struct ChallengeArgs {
    /// Where the challenge server listens
    #[arg(long, value_name = "IP", default_value = "127.0.0.1", help_heading = "Challenge server")]
    pub(super) challenge_addr: IpAddr,
    /// Its ports for HTTP-01, such as 5002 or 5002,5003; 0 picks a free one, `off` leaves it out [default: 5002, or a free one
    /// with the embedded CA]
    #[arg(long, value_name = "PORTS", value_parser = parse_ports, overrides_with = "http_port", help_heading = "Challenge server")]
    http_port: Option<Ports>,
    /// Its ports for TLS-ALPN-01 [default: 5001]
    #[arg(long, value_name = "PORTS", value_parser = parse_ports, overrides_with = "tls_port", help_heading = "Challenge server")]
    tls_port: Option<Ports>,
    /// Its ports for DNS over UDP and TCP [default: 8053]
    #[arg(long, value_name = "PORTS", value_parser = parse_ports, overrides_with = "dns_port", help_heading = "Challenge server")]
    dns_port: Option<Ports>,
    /// Its ports for DNS over HTTPS [default: 8443]
    #[arg(long, value_name = "PORTS", value_parser = parse_ports, overrides_with = "doh_port", help_heading = "Challenge server")]
    doh_port: Option<Ports>,
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
    #[arg(long, value_name = "PORT", value_parser = parse_port, overrides_with = "management_port", help_heading = "Challenge server")]
    management_port: Option<Port>,
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
            http_ports: ports(self.http_port.as_ref(), default.http),
            tls_ports: ports(self.tls_port.as_ref(), default.tls),
            dns_ports: ports(self.dns_port.as_ref(), default.dns),
            doh_ports: ports(self.doh_port.as_ref(), default.doh),
            doh_identity: self.doh_cert.clone().zip(self.doh_key.clone()),
            management_addr: self.management_addr,
            management_port: self.management_port.map_or(default.management, |port| port.0),
        }
    }
}

/// The ports that `--http-port` and its kin name: none for `off`.
// A type of its own, since clap takes a `Vec` for an option that may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ports(Vec<u16>);

/// The port that `--management-port` names: none for `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Port(Option<u16>);

fn ports(given: Option<&Ports>, default: &[u16]) -> Vec<u16> {
    given.map_or_else(|| default.to_vec(), |ports| ports.0.clone())
}

fn parse_ports(text: &str) -> Result<Ports, String> {
    if text == OFF {
        return Ok(Ports(Vec::new()));
    }
    let mut ports = Vec::new();
    for item in text.split(',') {
        let Port(Some(port)) = parse_port(item)? else {
            return Err(format!("`{text}` says off and names ports; write one or the other"));
        };
        // 0 picks another free one each time.
        if port != 0 && ports.contains(&port) {
            return Err(format!("`{text}` names port {port} twice"));
        }
        ports.push(port);
    }
    Ok(Ports(ports))
}

fn parse_port(text: &str) -> Result<Port, String> {
    match text {
        OFF => Ok(Port(None)),
        number => number
            .parse()
            .map(|port| Port(Some(port)))
            .map_err(|_| format!("`{number}` is no port; write 0 to 65535, or off")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        challenge: ChallengeArgs,
    }

    fn options(line: &str) -> ChallengeOptions {
        let words = ["coyote"].into_iter().chain(line.split_whitespace());
        Line::parse_from(words).challenge.options(&DefaultPorts::ALONE)
    }

    #[test]
    fn the_last_option_wins() {
        assert_eq!(options("--doh-port 1,2 --doh-port off").doh_ports, [0; 0]);
        assert_eq!(options("--http-port off --http-port 0,0,3").http_ports, [0, 0, 3]);
        assert_eq!(options("--management-port off --management-port 4").management_port, Some(4));
        assert_eq!(options("--management-port off").management_port, None);
        assert_eq!(options("").dns_ports, [8053]);
    }

    #[test]
    fn lists_that_contradict_themselves_are_refused() {
        for (text, told) in [
            ("1,off", "says off and names ports"),
            ("off,1", "says off and names ports"),
            ("23030,23030", "names port 23030 twice"),
            ("1,", "`` is no port"),
            ("65536", "`65536` is no port; write 0 to 65535, or off"),
        ] {
            let error = parse_ports(text).expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
