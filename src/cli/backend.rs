//! `coyote backend`: a server to stand behind a proxy, or in for a service.
// The comments are the help that users see on a terminal, where backticks are noise.
#![allow(clippy::doc_markdown)]

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use http::HeaderValue;

use crate::backend::{BackendOptions, Routes, RunningBackend};
use crate::cli::standalone::wait_for_signal;
use crate::cli::{output, preflight};
use crate::error::{Exit, Fatal};

/// Options of `backend`.
#[derive(Debug, Args)]
pub(super) struct BackendArgs {
    /// What it says who it is, in the header Backend-Id
    #[arg(value_parser = parse_id)]
    id: HeaderValue,
    /// Where to listen; 0 picks a free port, which the first line on stdout tells
    port: u16,
    /// The address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    addr: IpAddr,
    /// Answer as this JSON file says, not only with who it is
    #[arg(long, value_name = "FILE")]
    routes: Option<PathBuf>,
    /// Speak HTTPS, with a certificate under a root of its own
    #[arg(long)]
    tls: bool,
    /// Write the root that HTTPS clients must trust to this file
    #[arg(long, value_name = "FILE", requires = "tls")]
    tls_root: Option<PathBuf>,
    /// Threads that serve requests [default: the cores this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

pub(super) fn run(args: &BackendArgs) -> Result<Exit, Fatal> {
    preflight::raise_open_files();
    let routes = args.routes.as_deref().map(Routes::load).transpose();
    let backend = RunningBackend::start(BackendOptions {
        id: args.id.clone(),
        addr: SocketAddr::new(args.addr, args.port),
        routes: routes.map_err(|error| Fatal::usage(error.to_string()))?,
        tls: args.tls,
        threads: args.threads.map_or_else(preflight::cores, usize::from),
    });
    let backend = backend.map_err(|error| Fatal::setup(error.to_string()))?;
    if let (Some(path), Some(pem)) = (&args.tls_root, backend.tls_root_pem()) {
        std::fs::write(path, pem)
            .map_err(|error| Fatal::setup(format!("cannot write {}: {error}", path.display())))?;
    }
    output::line(&backend.addr().to_string());
    wait_for_signal()?;
    Ok(Exit::Ok)
}

fn parse_id(text: &str) -> Result<HeaderValue, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let id = HeaderValue::from_str(text).ok().filter(|_| plain);
    id.ok_or_else(|| "an id is one word of plain characters, such as 0".to_owned())
}
