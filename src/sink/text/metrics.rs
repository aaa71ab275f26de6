//! The metrics that no other table is made of.

use std::fmt::Write;

use super::chains::SCHEDULED;
use super::parts::{MAX_ROWS, WIDTH, more, section};
use crate::record::built_in;
use crate::record::summary::{MetricBlock, Summary};
use crate::sink::human;
use crate::sink::style::Style;

/// The metrics that no table above is made of: the scripts' own, and what only some runs record.
pub(super) fn render(summary: &Summary, style: Style, out: &mut String) {
    let shown_above = |name: &str| match built_in::find(name) {
        Some(own) => {
            !own.is_recorded() || own.name == SCHEDULED || built_in::AUDIT.contains(&own.name)
        }
        None => false,
    };
    let own: Vec<_> = summary.metrics.iter().filter(|(name, _)| !shown_above(name)).collect();
    if own.is_empty() {
        return;
    }
    section("METRICS", style, out);
    let shown = &own[..own.len().min(MAX_ROWS)];
    let names: Vec<_> = shown.iter().map(|(name, _)| human::one_line(name, WIDTH)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(WIDTH / 2);
    for (name, (_, metric)) in names.iter().zip(shown) {
        _ = writeln!(out, "{name:<width$}  {}", metric_figures(metric));
    }
    more(own.len() - shown.len(), style, out);
}

fn metric_figures(metric: &MetricBlock) -> String {
    let value = |value: Option<f64>| value.map_or_else(|| "-".into(), human::number);
    match metric {
        MetricBlock::Counter { count, rate_per_s } => {
            format!("{}, {}/s", human::number(*count), human::number(*rate_per_s))
        }
        MetricBlock::Gauge { value, min, max } => {
            let [value, min, max] = [value, min, max].map(|value| human::number(*value));
            format!("{value} last, {min} to {max}")
        }
        MetricBlock::Rate { rate, passes, fails } => {
            let share = rate.map_or_else(|| "-".into(), human::percent);
            format!("{share}, {} of {}", human::count(*passes), human::count(passes + fails))
        }
        MetricBlock::Trend { avg, med, p95, p99, max, .. } => {
            let [avg, med, p95, p99, max] = [avg, med, p95, p99, max].map(|figure| value(*figure));
            format!("avg {avg}, med {med}, p95 {p95}, p99 {p99}, max {max}")
        }
    }
}
