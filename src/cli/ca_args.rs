//! The options of `coyote ca` alone.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::embedded_ca_args::EmbeddedCaArgs;

/// Options of `ca`.
#[derive(Debug, Args)]
pub(super) struct CaArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:14000")]
    pub(super) addr: SocketAddr,
    /// Speak plain HTTP
    #[arg(long)]
    pub(super) plain: bool,
    /// Where HTTP-01 challenges are answered
    #[arg(long, value_name = "PORT", default_value = "5002")]
    pub(super) http_port: u16,
    /// Where TLS-ALPN-01 challenges are answered, and those of --acme-v1
    #[arg(long, value_name = "PORT", default_value = "5001")]
    pub(super) tls_port: u16,
    /// Listen on 127.0.0.1 for faults to be set while it runs; 0 picks a free port
    #[arg(long, value_name = "PORT")]
    pub(super) management_port: Option<u16>,
    /// Write the root that signs certificates to this file
    #[arg(long, value_name = "FILE")]
    pub(super) root_cert: Option<PathBuf>,
    /// Write the root of the alternate chains to this file
    #[arg(long, value_name = "FILE")]
    pub(super) alternate_root_cert: Option<PathBuf>,
    /// Write the root that HTTPS clients must trust to this file
    #[arg(long, value_name = "FILE")]
    pub(super) https_root: Option<PathBuf>,
    /// Threads that serve requests [default: the cores this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    #[command(flatten)]
    pub(super) embedded_ca: EmbeddedCaArgs,
}
