//! How well the open model keeps its schedule: ten thousand starts a second on all cores, of a chain that
//! does nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::Value;
use tempfile::TempDir;

use crate::Outcome;
use crate::coyote::Run;
use crate::process::cpu_seconds;
use crate::table::{Bound, Row};

const RATE: u64 = 10_000;
const SECONDS: u64 = 10;
/// Two milliseconds' worth.
const FULL_SLOT: u64 = 2 * RATE / 1_000;

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let folder = TempDir::new()?;
    let log = folder.path().join("run.ndjson");
    let options = ["--log".to_owned(), log.display().to_string()];
    let run = Run::of_text("fn chain() { }")?.with(&options.each_ref().map(String::as_str));
    let cpu = cpu_seconds(&mut run.profile(&["rate", &RATE.to_string()], SECONDS))?;
    let slots = starts_by_ms(&log)?;
    let started: u64 = slots.values().sum();
    let (first, last) = match (slots.first_key_value(), slots.last_key_value()) {
        (Some((first, _)), Some((last, _))) => (*first, *last),
        _ => return Err("no chain was started".into()),
    };
    let all = last - first + 1;
    let crowded = slots.values().filter(|starts| **starts > FULL_SLOT).count() as u64;
    let smooth = (all - crowded) as f64 / all as f64;
    let dropped = run.summary()?["totals"]["dropped_chains"].as_u64().unwrap_or(0);
    let exact = (started + dropped) as f64 / (RATE * SECONDS) as f64;
    let per_start = format!("{:.1} us", cpu * 1e6 / started as f64);
    Ok(vec![
        Row::judged(
            "starts of rate 10000, of those that were due",
            exact,
            "",
            Bound::AtLeast(0.999),
        ),
        Row::judged("  1 ms slots with 2 ms worth at most", smooth, "", Bound::AtLeast(0.99)),
        Row::told("  dropped", dropped.to_string()),
        Row::told("  CPU per start, log included", per_start),
    ])
}

/// How many chains began in each millisecond of the day.
fn starts_by_ms(log: &std::path::Path) -> Outcome<BTreeMap<u64, u64>> {
    let mut slots = BTreeMap::new();
    for line in BufReader::new(fs::File::open(log)?).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let at = line["at"].as_str().ok_or("a line without `at`")?;
        // 2026-11-20T19:44:00.232393Z
        let part = |from: usize, to: usize| -> Outcome<u64> {
            Ok(at.get(from..to).ok_or("a short `at`")?.parse()?)
        };
        let seconds = (part(11, 13)? * 60 + part(14, 16)?) * 60 + part(17, 19)?;
        *slots.entry(seconds * 1_000 + part(20, 23)?).or_default() += 1;
    }
    Ok(slots)
}
