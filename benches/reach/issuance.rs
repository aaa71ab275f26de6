//! What a full issuance costs coyote: newOrder, authorization, challenge, polls, finalize, download,
//! with account and connections kept; answering the CA's validator included.

use crate::Outcome;
use crate::coyote::Run;
use crate::embedded_ca::EmbeddedCa;
use crate::pebble::Pebble;
use crate::process::Cores;
use crate::stats::{ROUNDS, median};
use crate::table::{Bound, Row};

const SCRIPT: &str = "new_cert.rhai";
const ATTACKERS: u64 = 16;
const CHAINS: u64 = 2_000;

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let mut rows = Vec::new();
    let name = "CPU per issuance, against Pebble";
    if Pebble::is_installed() {
        // Pebble slows with the orders it has seen, so each round gets one of its own.
        rows.extend(rows_of(name, Some(Bound::AtMost(0.8)), || {
            let pebble = Pebble::start(&cores.counterpart)?;
            let root = pebble.root().display().to_string();
            costs(&cores, &pebble.directory, &root, pebble.http_port)
        })?);
    } else {
        rows.push(Row::not_measured(name, "install it with: apt-get install pebble"));
    }
    rows.extend(rows_of("CPU per issuance, against `coyote ca`", None, || {
        let ca = EmbeddedCa::start(&cores.counterpart, false)?;
        costs(&cores, &ca.directory, &ca.root, ca.http_port)
    })?);
    Ok(rows)
}

/// CPU milliseconds of one chain: without what starting and registering took, and with it.
struct Cost {
    net: f64,
    gross: f64,
}

fn costs(cores: &Cores, directory: &str, root: &str, http_port: u16) -> Outcome<Cost> {
    let port = http_port.to_string();
    let options = ["--directory", directory, "--ca-cert", root, "--http-port", &port];
    let run = Run::of_script(SCRIPT)?.with(&options);
    // The first chain of each attacker, which registers and connects, is what all others build on.
    let start = run.cpu_seconds(&cores.measured, ATTACKERS, ATTACKERS)?;
    let whole = run.cpu_seconds(&cores.measured, ATTACKERS, ATTACKERS + CHAINS)?;
    Ok(Cost { net: (whole - start) * 1e3 / CHAINS as f64, gross: whole * 1e3 / CHAINS as f64 })
}

fn rows_of(
    name: &str,
    bound: Option<Bound>,
    round: impl Fn() -> Outcome<Cost>,
) -> Outcome<[Row; 2]> {
    let costs = (0..ROUNDS).map(|_| round()).collect::<Outcome<Vec<_>>>()?;
    let net = median(costs.iter().map(|cost| cost.net).collect());
    let gross = median(costs.iter().map(|cost| cost.gross).collect());
    let told = format!("{net:.3} ms");
    let first = match bound {
        Some(bound) => Row::judged(name, net, " ms", bound).from(told, String::new()),
        None => Row::told(name, told),
    };
    Ok([first, Row::told("  start and registration included", format!("{gross:.3} ms"))])
}
