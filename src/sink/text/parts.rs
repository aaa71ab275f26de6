//! What the parts of the text have in common.

use std::fmt::Write;

use crate::sink::human;
use crate::sink::style::{Paint, Style};

/// Columns that every terminal has.
pub(in crate::sink) const WIDTH: usize = 80;

/// How many rows each other part shows at most.
pub(super) const MAX_ROWS: usize = 15;

pub(in crate::sink) fn section(title: &str, style: Style, out: &mut String) {
    _ = writeln!(out, "\n{}", style.paint(Paint::Bold, title));
}

/// A labelled line, wrapped beside its label.
pub(in crate::sink) fn fact(label: &str, text: &str, style: Style, out: &mut String) {
    let mut label = label;
    for line in human::wrap(&human::printable(text), WIDTH - 9) {
        _ = writeln!(out, "{}{line}", style.paint(Paint::Dim, &format!("{label:<9}")));
        label = "";
    }
}

pub(super) fn more(left_out: usize, style: Style, out: &mut String) {
    more_failed(left_out, 0, style, out);
}

/// Says of what is left out how many `failed`.
pub(super) fn more_failed(left_out: usize, failed: usize, style: Style, out: &mut String) {
    if left_out > 0 {
        let failed = match failed {
            0 => String::new(),
            failed => format!(", {failed} of them with failures"),
        };
        let text = format!("and {left_out} more{failed}");
        _ = writeln!(out, "{}", style.paint(Paint::Dim, &text));
    }
}
