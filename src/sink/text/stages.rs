//! The stages, one after another.

use super::parts::{MAX_ROWS, WIDTH, more};
use crate::record::summary::Summary;
use crate::sink::human;
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    if summary.stages.len() < 2 {
        return;
    }
    let columns = ["chains/s", "failed", "med", "p95", "requests/s", "failed", "p95"];
    let mut table = Table::new("STAGES", &columns);
    for stage in summary.stages.iter().take(MAX_ROWS) {
        let (chains, requests) = (&stage.totals.chains, &stage.totals.requests);
        // No median of requests: with it the stages' names would not fit beside the figures.
        let cells = vec![
            Cell::plain(human::rate(chains.rate_per_s)),
            Cell::failures(chains.failed),
            Cell::millis(chains.med),
            Cell::millis(chains.p95),
            Cell::plain(human::rate(requests.rate_per_s)),
            Cell::failures(requests.failed),
            Cell::millis(requests.p95),
        ];
        table.row(&stage.name, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(summary.stages.len().saturating_sub(MAX_ROWS), style, out);
}
