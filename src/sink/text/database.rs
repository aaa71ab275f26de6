//! Rows of the CA's tables.

use super::parts::WIDTH;
use crate::record::summary::{RowCounts, Summary};
use crate::sink::human;
use crate::sink::style::Style;
use crate::sink::table::{Cell, Table};

/// Rows of the CA's tables, with `~` for estimates.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let Some(tables) = summary.database.as_ref().filter(|tables| !tables.is_empty()) else {
        return;
    };
    let mut table = Table::new("DATABASE", &["before", "after", "change"]);
    for (name, &RowCounts { before, after, estimated }) in tables {
        let mark = if estimated { "~" } else { "" };
        let count = |rows: Option<u64>| match rows {
            Some(rows) => Cell::plain(format!("{mark}{}", human::count(rows))),
            None => Cell::plain("-".to_owned()),
        };
        let change = before.zip(after).map_or_else(
            || "-".to_owned(),
            |(before, after)| {
                let sign = if after < before { '-' } else { '+' };
                format!("{mark}{sign}{}", human::count(after.abs_diff(before)))
            },
        );
        table.row(&name.replace('_', " "), vec![count(before), count(after), Cell::plain(change)]);
    }
    out.push('\n');
    table.render(style, WIDTH, out);
}
