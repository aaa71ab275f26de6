//! What a script costs: one GET a chain, against the same loop in plain Rust and against oha.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::Outcome;
use crate::coyote::{PROGRAM, Run};
use crate::process::{Cores, cpu_seconds, on_cores, role};
use crate::server::Server;
use crate::stats::{alternate, median, ratios};
use crate::table::{Bound, Row};

const ATTACKERS: u64 = 100;
const REQUESTS: u64 = 200_000;

const AGAINST_PLAIN: &str = "requests per CPU second, against plain Rust";
const AGAINST_OHA: &str = "CPU per request, against oha";

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let server = Server::start(&cores.counterpart)?;
    let url = server.url();
    let run = Run::of_text(&format!("fn chain() {{ http::get(\"{url}\"); }}"))?;
    let coyote = || Ok(micros(run.cpu_seconds(&cores.measured, ATTACKERS, REQUESTS)?));
    let plain = || {
        let mut command = role(&cores.measured, "role-plain")?;
        command.args([&url, &ATTACKERS.to_string(), &REQUESTS.to_string()]);
        Ok(micros(cpu_seconds(&mut command)?))
    };
    let Some(program) = oha_program() else {
        let [ours, theirs] = alternate([&coyote, &plain])?;
        return Ok(vec![against_plain(&ours, &theirs), without_oha()]);
    };
    let oha = || {
        let mut command = on_cores(&cores.measured, &program);
        command.args(["--no-tui", "-n", &REQUESTS.to_string(), "-c", &ATTACKERS.to_string(), &url]);
        Ok(micros(cpu_seconds(command.stdout(Stdio::null()))?))
    };
    let [ours, plain, oha] = alternate([&coyote, &plain, &oha])?;
    let ratio = median(ratios(&ours, &oha));
    let against_oha = Row::judged(AGAINST_OHA, ratio, "", Bound::AtMost(1.6))
        .from(each(median(ours.clone())), each(median(oha)));
    Ok(vec![against_plain(&ours, &plain), against_oha])
}

fn against_plain(ours: &[f64], plain: &[f64]) -> Row {
    Row::judged(AGAINST_PLAIN, median(ratios(plain, ours)), "", Bound::AtLeast(0.65))
        .from(each(median(ours.to_vec())), each(median(plain.to_vec())))
}

fn without_oha() -> Row {
    let tools = tools();
    let advice = format!("install it with: cargo install oha --locked --root {}", tools.display());
    Row::not_measured(AGAINST_OHA, &advice)
}

/// Where the advice has it installed, else on the path.
fn oha_program() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&on_path).collect::<Vec<_>>();
    let candidates = std::iter::once(tools().join("bin")).chain(folders);
    candidates.map(|folder| folder.join("oha")).find(|program| program.is_file())
}

/// `target/tools`, beside the profile's folder.
fn tools() -> PathBuf {
    let target = Path::new(PROGRAM).ancestors().nth(2).unwrap_or(Path::new("target"));
    target.join("tools")
}

fn micros(seconds: f64) -> f64 {
    seconds * 1e6 / REQUESTS as f64
}

fn each(micros: f64) -> String {
    format!("{micros:.1} us")
}
