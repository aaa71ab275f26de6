//! The options of sinks that take each event.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::parse_file;
use crate::plan::sinks::{SinkOptions, StatsdOptions, StatsdUnit};

/// How much of a datagram a prefix may take.
const MOST_PREFIX: usize = 200;

/// What is told of each request and chain, and to whom.
#[derive(Debug, Args)]
pub(super) struct SinkArgs {
    /// Write a line per chain to this file, as JSON, with its requests
    #[arg(long, value_name = "FILE", value_parser = parse_file, help_heading = "Output")]
    log: Option<PathBuf>,
    /// Write a row per request to this file, as CSV, with the columns that scripts add
    #[arg(long, value_name = "FILE", value_parser = parse_file, help_heading = "Output")]
    csv: Option<PathBuf>,
    /// Write what the run came to to this file as HTML, with charts: one file that opens offline
    #[arg(long, value_name = "FILE", value_parser = parse_file, help_heading = "Output")]
    pub(super) report: Option<PathBuf>,
    /// Write a file per stage of --log and --csv: run.csv becomes run.stage-1.csv, ...
    #[arg(long, help_heading = "Output")]
    split_by_stage: bool,
    /// Send counters, gauges and timings to this StatsD server, by UDP
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_server, help_heading = "Output")]
    statsd: Option<String>,
    /// What StatsD names begin with
    #[arg(long, value_name = "PREFIX", default_value = "Wile-E-Coyote", value_parser = parse_prefix, requires = "statsd", help_heading = "Output")]
    statsd_prefix: String,
    /// What StatsD timings are in: nanoseconds, or milliseconds for servers that expect those
    #[arg(
        long,
        value_name = "UNIT",
        default_value = "ns",
        requires = "statsd",
        help_heading = "Output"
    )]
    statsd_unit: StatsdUnit,
    /// Serve /metrics for Prometheus at this address until the run has ended; :9100 is 127.0.0.1:9100.
    /// A run's last seconds may be missed there: what counts is the summary
    #[arg(long, value_name = "ADDR", value_parser = parse_addr, help_heading = "Output")]
    pub(super) prometheus: Option<SocketAddr>,
}

impl SinkArgs {
    /// As plain data.
    pub(super) fn options(&self) -> SinkOptions {
        let statsd = self.statsd.clone().map(|server| {
            let (prefix, unit) = (self.statsd_prefix.clone(), self.statsd_unit);
            StatsdOptions { server, prefix, unit }
        });
        let (log, csv) = (self.log.clone(), self.csv.clone());
        let report = self.report.is_some();
        SinkOptions { log, csv, report, split_by_stage: self.split_by_stage, statsd }
    }
}

fn parse_server(text: &str) -> Result<String, String> {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    // Without brackets nobody can tell an IPv6 address from its port.
    let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
    if host.is_empty() || is_bare_ipv6 || !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err("write HOST:PORT, such as 127.0.0.1:8125 or [::1]:8125".to_owned());
    }
    Ok(text.to_owned())
}

/// An address and a port; without an address, loopback.
fn parse_addr(text: &str) -> Result<SocketAddr, String> {
    let addr = match text.strip_prefix(':') {
        Some(port) => port.parse().map(|port| (Ipv4Addr::LOCALHOST, port).into()).ok(),
        None => text.parse().ok(),
    };
    addr.ok_or_else(|| "write ADDRESS:PORT, such as 127.0.0.1:9100, [::1]:9100 or :9100".to_owned())
}

fn parse_prefix(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let parts_are_named = text.split('.').all(|part| !part.is_empty());
    match parts_are_named && text.len() <= MOST_PREFIX && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "write letters, digits, _ and -, in parts with dots between them; {MOST_PREFIX} at most"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_a_host_and_a_port() {
        for good in ["127.0.0.1:8125", "[::1]:8125", "statsd.example:1"] {
            assert_eq!(parse_server(good).as_deref(), Ok(good));
        }
        for wrong in ["", "localhost", ":8125", "localhost:", "localhost:0", "a:70000", "::1:8125"]
        {
            assert!(parse_server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn metrics_are_served_on_loopback_unless_told_otherwise() {
        let addr = |text| parse_addr(text).map(|addr| addr.to_string());
        assert_eq!(addr(":9100").as_deref(), Ok("127.0.0.1:9100"));
        for good in ["127.0.0.1:0", "[::1]:9100", "0.0.0.0:9100"] {
            assert_eq!(addr(good).as_deref(), Ok(good));
        }
        for wrong in
            ["", "9100", "localhost:9100", "127.0.0.1", "::1:9100", ":", ":70000", "127.0.0.1:x"]
        {
            assert!(addr(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn prefixes_mean_nothing_to_a_server() {
        assert!(parse_prefix("a.b-C_1").is_ok());
        for wrong in ["", "a b", "a:b", "a|b", ".a", "a..b", "a.", &"x".repeat(201)] {
            assert!(parse_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
