//! `--prometheus`: serves what is measured for as long as the run is there.

use std::net::SocketAddr;

use crate::error::Fatal;
use crate::sink::prometheus::Server;

/// Serves on `addr`, if there is one, and says where.
///
/// # Errors
/// Exit 4 when that cannot be.
pub(super) fn serve(addr: Option<SocketAddr>) -> Result<Option<Server>, Fatal> {
    let Some(addr) = addr else { return Ok(None) };
    let server = Server::start(addr).map_err(|error| {
        Fatal::setup(format!(
            "cannot listen on --prometheus {addr}: {error}; port 0 takes a free one"
        ))
    })?;
    eprintln!("metrics: {}", server.url());
    Ok(Some(server))
}

/// `once` shows each chain, and has ended before anybody could ask.
///
/// # Errors
/// Exit 2 when an address is given.
pub(super) fn refuse(addr: Option<SocketAddr>) -> Result<(), Fatal> {
    match addr {
        None => Ok(()),
        Some(_) => Err(Fatal::usage("--prometheus tells the figures of a load; once has none")),
    }
}
