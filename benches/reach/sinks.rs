//! What it costs to be told of each request and chain: a log, a CSV file, a report and `StatsD` at
//! once, and `Prometheus` that asks each second.

use std::net::UdpSocket;

use tempfile::TempDir;

use crate::Outcome;
use crate::coyote::Run;
use crate::embedded_ca::EmbeddedCa;
use crate::process::Cores;
use crate::scraper::Scraper;
use crate::stats::{alternate, median, ratios};
use crate::table::{Bound, Row};

const SCRIPT: &str = "new_authz.rhai";
const ATTACKERS: u64 = 16;
const CHAINS: u64 = 8_000;

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let cores = Cores::one_each()?;
    let ca = EmbeddedCa::start(&cores.counterpart, false)?;
    let folder = TempDir::new()?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (log, csv, report) = (file("run.ndjson"), file("run.csv"), file("run.html"));
    // Nobody reads from it: what does not fit its buffer is lost, which costs the sender the same.
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let statsd = receiver.local_addr()?.to_string();
    let port = ca.http_port.to_string();
    let target = ["--directory", &ca.directory, "--ca-cert", &ca.root, "--http-port", &port];
    let scraper = Scraper::start()?;
    let metrics = scraper.address();
    let files = ["--log", &log, "--csv", &csv, "--report", &report];
    let told = ["--statsd", &statsd, "--prometheus", &metrics];
    let without = Run::of_script(SCRIPT)?.with(&target);
    let with = Run::of_script(SCRIPT)?.with(&target).with(&files).with(&told);
    let rate = |run: &Run| Ok(CHAINS as f64 / run.cpu_seconds(&cores.measured, ATTACKERS, CHAINS)?);
    let [with, without] = alternate([&|| rate(&with), &|| rate(&without)])?;
    if scraper.answered() == 0 {
        return Err("no run was ever scraped".into());
    }
    let ratio = median(ratios(&with, &without));
    let name = "chains per CPU second, with every sink against none";
    let told = |rates| format!("{:.0}/s", median(rates));
    Ok(vec![Row::judged(name, ratio, "", Bound::AtLeast(0.9)).from(told(with), told(without))])
}
