//! What it costs the embedded CA to keep its rows: its CPU time an issuance, and how long its clients
//! wait for answers, with a file and without.

use crate::Outcome;
use crate::coyote::Run;
use crate::embedded_ca::EmbeddedCa;
use crate::process::Cores;
use crate::stats::{ROUNDS, median};
use crate::table::Row;

const SCRIPT: &str = "new_cert.rhai";
/// So few that the CA's core has time left: answers then take as long as they take.
const ATTACKERS: u64 = 4;
const CHAINS: u64 = 2_000;
/// Rows gather before they are written; what is measured includes writing the last.
const WRITTEN_AFTER: std::time::Duration = std::time::Duration::from_millis(500);

/// What one run saw.
#[allow(clippy::struct_field_names)] // each says its unit
struct Seen {
    cpu_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
}

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(run(&cores, false)?);
        with.push(run(&cores, true)?);
    }
    let row = |name: &str, figure: fn(&Seen) -> f64, unit: &str| {
        let of = |seen: &[Seen]| median(seen.iter().map(figure).collect());
        let ratios =
            with.iter().zip(&without).map(|(with, without)| figure(with) / figure(without));
        Row {
            reference: format!("{:.3} {unit}", of(&without)),
            result: format!("{:.2}", median(ratios.collect())),
            ..Row::told(name, format!("{:.3} {unit}", of(&with)))
        }
    };
    Ok(vec![
        row("the CA's CPU per issuance, rows kept or not", |seen| seen.cpu_ms, "ms"),
        row("  half of the answers within", |seen| seen.p50_ms, "ms"),
        row("  99 % of the answers within", |seen| seen.p99_ms, "ms"),
    ])
}

fn run(cores: &Cores, keeps_rows: bool) -> Outcome<Seen> {
    let ca = EmbeddedCa::start(&cores.counterpart, keeps_rows)?;
    let port = ca.http_port.to_string();
    let options = ["--directory", &ca.directory, "--ca-cert", &ca.root, "--http-port", &port];
    let run = Run::of_script(SCRIPT)?.with(&options);
    // Handshakes and registrations are over, and the CA's memory is warm.
    run.cpu_seconds(&cores.measured, ATTACKERS, CHAINS / 4)?;
    std::thread::sleep(WRITTEN_AFTER);
    let before = ca.running.cpu_so_far()?;
    run.cpu_seconds(&cores.measured, ATTACKERS, CHAINS)?;
    std::thread::sleep(WRITTEN_AFTER);
    let cpu_s = ca.running.cpu_so_far()? - before;
    let summary = run.summary()?;
    let quantile = |name: &str| {
        let found = summary.pointer(&format!("/metrics/http_req_duration/{name}"));
        found.and_then(serde_json::Value::as_f64).ok_or(format!("the summary has no {name}"))
    };
    Ok(Seen {
        cpu_ms: cpu_s * 1e3 / CHAINS as f64,
        p50_ms: quantile("med")?,
        p99_ms: quantile("p99")?,
    })
}
