//! `coyote challenge-server`: the challenge server alone.

use std::sync::Arc;

use crate::challenge::server::Server;
use crate::challenge::store::Store;
use crate::cli::args::ChallengeServerArgs;
use crate::cli::challenge_args::DefaultPorts;
use crate::cli::standalone::wait_for_signal;
use crate::cli::{output, preflight};
use crate::error::{Exit, Fatal};

pub(super) fn run(args: &ChallengeServerArgs) -> Result<Exit, Fatal> {
    preflight::raise_open_files();
    let options = args.challenge.options(&DefaultPorts::ALONE);
    if !options.opens_any_port() {
        return Err(Fatal::usage("every port is off: there is nothing to serve"));
    }
    let server = Server::start(&options, &Arc::new(Store::default()))
        .map_err(|error| Fatal::setup(error.to_string()))?;
    output::line(&listing(&server));
    wait_for_signal()?;
    Ok(Exit::Ok)
}

/// One line for each kind: `DNS: 127.0.0.1:8053 127.0.0.1:8054`.
fn listing(server: &Server) -> String {
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    for open in server.open_ports() {
        match lines.last_mut() {
            Some((what, addrs)) if *what == open.what => addrs.push(open.addr.to_string()),
            _ => lines.push((open.what, vec![open.addr.to_string()])),
        }
    }
    let lines = lines.into_iter().map(|(what, addrs)| format!("{what}: {}", addrs.join(" ")));
    lines.collect::<Vec<_>>().join("\n")
}
