//! The options of each command, as clap reads them.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use http::HeaderName;

use crate::cli::challenge_args::ChallengeArgs;
use crate::cli::database::DatabaseArgs;
use crate::cli::embedded_ca_args::{self, EmbeddedCaArgs};
use crate::cli::sink_args::SinkArgs;
use crate::net::client::HttpVersion;
use crate::net::source::AddrBlock;
use crate::plan::case::Server;
use crate::plan::duration;
use crate::plan::settings::{Connections, parse_header};
use crate::record::threshold::Threshold;

/// Options of commands that read scripts.
#[derive(Debug, Args)]
pub(super) struct ScriptArgs {
    /// A chain to run, or a folder of them; may be repeated
    #[arg(short, long = "script", value_name = "FILE", help_heading = "Scripts")]
    pub(super) scripts: Vec<PathBuf>,
    /// Set what env::get("KEY") returns in scripts; may be repeated
    #[arg(short, value_name = "KEY=VALUE", value_parser = parse_env, help_heading = "Scripts")]
    pub(super) env: Vec<(String, String)>,
    /// Use these modules instead of the built-in standard library
    #[arg(long, value_name = "DIR", help_heading = "Scripts")]
    pub(super) stdlib: Option<PathBuf>,
}

/// Options of commands that send requests.
#[derive(Debug, Args)]
pub(super) struct TargetArgs {
    /// The CA's ACME directory; without it, an embedded CA is started
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub(super) directory: Option<String>,
    /// Trust the certificates in this PEM file for HTTPS, besides the system's; may be repeated
    #[arg(long, value_name = "PEM", help_heading = "Target")]
    pub(super) ca_cert: Vec<PathBuf>,
    /// Trust any HTTPS certificate
    #[arg(long, help_heading = "Target")]
    pub(super) insecure: bool,
    /// HTTP version to speak
    #[arg(long, value_name = "VERSION", default_value = "1.1", help_heading = "Target")]
    pub(super) http: HttpArg,
    /// Send this header with every request; {attacker_ip} gives each attacker an address
    #[arg(short = 'H', value_name = "NAME: VALUE", value_parser = parse_header, help_heading = "Target")]
    pub(super) headers: Vec<(HeaderName, String)>,
    /// Connections: one pool for all, one per attacker, or new ones for each chain
    #[arg(long, value_name = "HOW", default_value = "shared", help_heading = "Target")]
    pub(super) connections: Connections,
    /// Local addresses that connections come from, such as 127.1.0.0/16: each attacker has the next one, and
    /// {attacker_ip} is it. Attackers share connections with those that have the same one. With
    /// --connections chain each chain has another one, so that thousands of new connections a second do not
    /// run out of ports
    #[arg(long, value_name = "CIDR", help_heading = "Target")]
    pub(super) source_addrs: Option<AddrBlock>,
    /// What rand::domain() makes fresh names under
    #[arg(long, value_name = "SUFFIX", default_value = "com", value_parser = parse_suffix, help_heading = "Target")]
    pub(super) domain_base: String,
    /// Use HTTPS with the embedded CA
    #[arg(long, help_heading = embedded_ca_args::HEADING)]
    pub(super) ca_tls: bool,
    /// This public CA is yours: do not refuse to test it; may be repeated
    #[arg(long, value_name = "HOST", help_heading = "Target")]
    pub(super) i_own_this_ca: Vec<String>,
    #[command(flatten)]
    pub(super) embedded_ca: EmbeddedCaArgs,
    #[command(flatten)]
    pub(super) challenge: ChallengeArgs,
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// Write the summary to this file as JSON
    #[arg(long, value_name = "FILE", value_parser = parse_file, help_heading = "Output")]
    pub(super) summary: Option<PathBuf>,
    /// Repeat random values and script picks of an earlier run
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub(super) seed: Option<u64>,
}

/// Options about cases.
#[derive(Debug, Args)]
pub(super) struct CaseArgs {
    /// By whose word the answers to cases are judged
    #[arg(long, value_name = "SERVER", default_value = "rfc", help_heading = "Scripts")]
    pub(super) expect: Server,
    /// Run only cases and chains whose name, whole or after a /, matches; may be repeated
    #[arg(long = "case", value_name = "GLOB", help_heading = "Scripts")]
    pub(super) globs: Vec<String>,
}

/// Options of `once` and of the profiles.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) script: ScriptArgs,
    #[command(flatten)]
    pub(super) cases: CaseArgs,
    #[command(flatten)]
    pub(super) target: TargetArgs,
    #[command(flatten)]
    pub(super) sinks: SinkArgs,
    /// End the run after this time: 30 (seconds), 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = positive_time, help_heading = "Run")]
    pub(super) duration: Option<Duration>,
    /// End the run when this many chains were started
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Run")]
    pub(super) iterations: Option<u64>,
    /// How many attackers rate and ramp may use, of a plan each such scenario; a chain that is due when none is free is dropped, and
    /// counted [default: ten seconds' worth of chains, at most 10,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Run")]
    pub(super) max_attackers: Option<u32>,
    /// What running chains get to end when the run ends
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s", help_heading = "Run")]
    pub(super) stop_timeout: Duration,
    /// Exit with 99 unless this holds: 'http_req_duration{endpoint:new-order}: p(95)<800'; with 'abort
    /// 10s' behind it, end the run when it does not after 10 s; may be repeated
    #[arg(long = "threshold", value_name = "EXPR", value_parser = str::parse::<Threshold>, help_heading = "Run")]
    pub(super) thresholds: Vec<Threshold>,
    /// Keep accounts, certificates and other shared data in this file for later runs
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub(super) state: Option<PathBuf>,
    /// Threads that run attackers [default: the cores this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Run")]
    pub(super) shards: Option<u16>,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// Print what a plan would do when, and how many attackers it needs, and start nothing
    #[arg(long, help_heading = "Run")]
    pub(super) dry_run: bool,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) script: ScriptArgs,
    /// Scripts or folders, as with --script
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
}

/// How `api` prints.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ApiFormat {
    /// Markdown, for people.
    Md,
    /// JSON, for tools.
    Json,
    /// Definitions, for editors.
    Rhai,
}

/// Options of `api`.
#[derive(Debug, Args)]
pub(super) struct ApiArgs {
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "md")]
    pub(super) format: ApiFormat,
    /// Describe these modules instead of the built-in standard library
    #[arg(long, value_name = "DIR")]
    pub(super) stdlib: Option<PathBuf>,
}

/// Options of `challenge-server`.
#[derive(Debug, Args)]
pub(super) struct ChallengeServerArgs {
    #[command(flatten)]
    pub(super) challenge: ChallengeArgs,
}

/// The values of `--http`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum HttpArg {
    /// HTTP/1.1 only
    #[value(name = "1.1")]
    One,
    /// HTTP/2 only
    #[value(name = "2")]
    Two,
    /// What the server prefers
    Auto,
}

impl From<HttpArg> for HttpVersion {
    fn from(arg: HttpArg) -> Self {
        match arg {
            HttpArg::One => Self::Http1,
            HttpArg::Two => Self::Http2,
            HttpArg::Auto => Self::Auto,
        }
    }
}

fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` has no key; write KEY=VALUE")),
    }
}

fn positive_time(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("a run must last longer than 0".to_owned()),
        time => Ok(time),
    }
}

/// Stdout has the text already, and JSON between would serve no reader of either.
pub(super) fn parse_file(text: &str) -> Result<PathBuf, String> {
    match text {
        "" => Err("give a file".to_owned()),
        "-" => {
            Err("give a file; stdout has the summary as text (./- is a file named -)".to_owned())
        }
        path => Ok(path.into()),
    }
}

fn parse_suffix(text: &str) -> Result<String, String> {
    let suffix = text.trim_start_matches('.');
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match suffix.split('.').all(label) {
        true => Ok(suffix.to_ascii_lowercase()),
        false => Err(format!("`{text}` is no name to end in; write com, or test.example.com")),
    }
}
