//! The stages, one after another.

use super::parts::{MAX_ROWS, WIDTH, more};
use crate::record::summary::{LatencyBlock, Summary};
use crate::sink::human;
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

/// Where there are several, and not just one for each scenario.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    if summary.stages.len() > summary.scenarios.len() {
        let stages = summary.stages.iter();
        let parts = stages.map(|it| (&it.name, &it.totals.chains, &it.totals.requests));
        side_by_side("STAGES", parts, style, out);
    }
}

/// Parts of the run, if there are several: of each its name, chains and requests.
pub(super) fn side_by_side<'a>(
    title: &'static str,
    parts: impl ExactSizeIterator<Item = (&'a String, &'a LatencyBlock, &'a LatencyBlock)>,
    style: Style,
    out: &mut String,
) {
    let count = parts.len();
    if count < 2 {
        return;
    }
    let columns = ["chains/s", "failed", "med", "p95", "requests/s", "failed", "p95"];
    let mut table = Table::new(title, &columns);
    for (name, chains, requests) in parts.take(MAX_ROWS) {
        // No median of requests: with it their names would not fit beside the figures.
        let cells = vec![
            Cell::plain(human::rate(chains.rate_per_s)),
            Cell::failures(chains.failed),
            Cell::millis(chains.med),
            Cell::millis(chains.p95),
            Cell::plain(human::rate(requests.rate_per_s)),
            Cell::failures(requests.failed),
            Cell::millis(requests.p95),
        ];
        table.row(name, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(count.saturating_sub(MAX_ROWS), style, out);
}
