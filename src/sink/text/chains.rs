//! The chains, and what kept some from running.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::latencies::{Blocks, all, by_name, latencies};
use super::parts::{MAX_ROWS, WIDTH, more};
use crate::record::summary::{LatencyBlock, MetricBlock, Summary};
use crate::sink::human;
use crate::sink::style::{Paint, Style};

/// How many chains are shown at most, so that a whole folder of them is; the JSON has them all.
const MAX_CHAINS: usize = 40;

/// The metric that the table of chains shows besides.
pub(super) const SCHEDULED: &str = "chain_duration_scheduled";

/// The chains, without those that the table of cases is about.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let cases: BTreeSet<&str> = summary.cases.iter().map(|case| case.chain.as_str()).collect();
    let mut chains = by_name(&summary.chains);
    chains.retain(|name, _| !cases.contains(name));
    // What holds for all of them includes the cases.
    let all = all(summary.totals.chains, summary.metrics.get("chain_duration"));
    let all = Some(all).filter(|_| cases.is_empty());
    latencies("CHAINS", MAX_CHAINS, &chains, all.as_ref(), style, out);
    from_schedule(summary, out);
    let dropped = summary.totals.dropped_chains;
    if dropped > 0 {
        let text = format!("{} dropped", human::counted(dropped, "chain"));
        _ = writeln!(out, "{}", style.paint(Paint::Red, &text));
    }
    eligible(summary, out);
    not_offered(&chains, style, out);
}

/// How long chains of the open model took from when they were due: beside what they took themselves, so
/// that nobody has to believe in either alone.
fn from_schedule(summary: &Summary, out: &mut String) {
    let Some(&MetricBlock::Trend { avg, med, p95, p99, max, .. }) = summary.metrics.get(SCHEDULED)
    else {
        return;
    };
    let figures = [("avg", avg), ("med", med), ("p95", p95), ("p99", p99), ("max", max)];
    let figures: Vec<_> = figures
        .iter()
        .filter_map(|(name, ms)| Some(format!("{name} {}", human::millis((*ms)?))))
        .collect();
    let text = format!("from when they were due: {}", figures.join(", "));
    for line in human::wrap(&text, WIDTH) {
        _ = writeln!(out, "{line}");
    }
}

/// When chains could run first, of those that had to wait for it.
fn eligible(summary: &Summary, out: &mut String) {
    let waited = |(name, block): (&String, &LatencyBlock)| match block.eligible_after_s?.0 {
        Some(0.0) => None,
        Some(after_s) => Some(format!("{name} after {}", human::millis(after_s * 1e3))),
        None => Some(format!("{name} never")),
    };
    let waited: Vec<_> = summary.chains.iter().filter_map(waited).collect();
    if waited.is_empty() {
        return;
    }
    let shown = waited[..waited.len().min(MAX_CHAINS)].join(", ");
    for line in human::wrap(&human::printable(&format!("ready: {shown}")), WIDTH) {
        _ = writeln!(out, "{line}");
    }
}

/// Cases that could not be asked: neither passed nor failed.
fn not_offered(chains: &Blocks, style: Style, out: &mut String) {
    let names = chains.iter().filter(|(_, block)| block.not_offered.is_some_and(|count| count > 0));
    let names: Vec<&str> = names.map(|(name, _)| *name).collect();
    if names.is_empty() {
        return;
    }
    let shown = names[..names.len().min(MAX_ROWS)].join(", ");
    let text = format!("not offered by the CA, and so not counted: {shown}");
    for line in human::wrap(&human::printable(&text), WIDTH) {
        _ = writeln!(out, "{line}");
    }
    more(names.len().saturating_sub(MAX_ROWS), style, out);
}
