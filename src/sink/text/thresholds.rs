//! Thresholds, and which of them ended the run.

use std::fmt::Write;

use super::parts::WIDTH;
use crate::record::summary::{Summary, ThresholdBlock};
use crate::sink::human;
use crate::sink::style::{Paint, Style};
use crate::sink::table::{Cell, Table};

/// Thresholds, in the order in which they were given.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    if summary.thresholds.is_empty() {
        return;
    }
    let mut table = Table::new("THRESHOLDS", &["observed", "verdict"]);
    for threshold in &summary.thresholds {
        let observed = threshold.observed.map_or_else(|| "no samples".into(), human::exact);
        let cells = vec![Cell::plain(observed), Cell::verdict(threshold.ok)];
        table.row(&threshold.expr, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    let ended =
        |threshold: &ThresholdBlock| Some((threshold.ended_run_at_s?, threshold.expr.clone()));
    if let Some((at_s, expr)) = summary.thresholds.iter().find_map(ended) {
        let text = format!("the run was ended after {} by: {expr}", human::millis(at_s * 1e3));
        for line in human::wrap(&human::printable(&text), WIDTH) {
            _ = writeln!(out, "{}", style.paint(Paint::Red, &line));
        }
    }
}
