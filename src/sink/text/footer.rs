//! What the run cost, and what its reader should know.

use super::parts::fact;
use crate::record::summary::Summary;
use crate::sink::human;
use crate::sink::style::Style;

pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    out.push('\n');
    let totals = &summary.totals;
    let [sent, received] = [totals.traffic.bytes_out, totals.traffic.bytes_in].map(human::bytes);
    fact("traffic", &format!("{sent} sent, {received} received"), style, out);
    let share = if summary.duration_s > 0.0 { totals.cpu_s / summary.duration_s } else { 0.0 };
    // The system counts in steps of 10 ms.
    let cpu = match totals.cpu_s {
        0.0 => "< 10 ms".to_owned(),
        cpu_s => human::millis(cpu_s * 1e3),
    };
    let memory = human::memory(totals.rss_max_bytes);
    // Steps of 10 ms say nothing about the cores that a shorter run used.
    let cores =
        if summary.duration_s < 1.0 { String::new() } else { format!(" ({share:.2} cores)") };
    let used = format!("{cpu} CPU{cores}, {memory} memory");
    fact("coyote", &used, style, out);
    for warning in &summary.warnings {
        fact("warning", &human::printable(warning), style, out);
    }
}
