//! What was run, against whom, and for how long.

use std::fmt::Write;

use super::parts::{WIDTH, fact};
use crate::record::summary::Summary;
use crate::sink::human;
use crate::sink::style::{Paint, Style};

pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    for line in human::wrap(&summary.command, WIDTH) {
        _ = writeln!(out, "{}", style.paint(Paint::Bold, &line));
    }
    if !summary.target.is_empty() {
        fact("target", &summary.target, style, out);
    }
    let ran = human::millis(summary.duration_s * 1e3);
    let attackers = human::counted(summary.totals.attackers_max.into(), "attacker");
    // RFC 3339 with a blank for the T, to the second.
    let started = summary.started.get(..19).unwrap_or(&summary.started).replace('T', " ");
    fact("run", &format!("{ran} from {started} UTC, at most {attackers}"), style, out);
}
