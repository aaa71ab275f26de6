//! Checks, those that failed first.

use super::parts::{MAX_ROWS, WIDTH, more};
use crate::record::summary::Summary;
use crate::sink::human;
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

/// Checks, those that failed first.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    if summary.checks.is_empty() {
        return;
    }
    let mut checks: Vec<_> = summary.checks.iter().collect();
    checks.sort_by_key(|(_, check)| check.fails == 0);
    let mut table = Table::new("CHECKS", &["passed", "failed", "rate"]);
    for (name, check) in checks.iter().take(MAX_ROWS) {
        let share = check.passes as f64 / (check.passes + check.fails) as f64;
        let cells = vec![
            Cell::plain(human::count(check.passes)),
            Cell::failures(check.fails),
            Cell::plain(human::percent(share)),
        ];
        table.row(name, cells);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
    more(checks.len().saturating_sub(MAX_ROWS), style, out);
}
