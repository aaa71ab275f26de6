//! The metrics that no other section is made of: the scripts' own, and what only some runs record.

use maud::{Markup, html};

use super::table::{row, table};
use crate::record::built_in;
use crate::record::summary::MetricBlock;
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let shown_elsewhere = |name: &str| match built_in::find(name) {
        Some(own) => !own.is_recorded() || built_in::AUDIT.contains(&own.name),
        None => false,
    };
    let metrics = model.summary.metrics.iter().filter(|(name, _)| !shown_elsewhere(name));
    let metrics: Vec<_> = metrics.collect();
    let rows = html! {
        @for (name, metric) in &metrics { (row(name, &html! { td class="name" { (figures(metric)) } })) }
    };
    (!metrics.is_empty()).then(|| {
        html! { section id="metrics" { h2 { "Metrics" } (table("metric", &["figures"], &rows)) } }
    })
}

fn figures(metric: &MetricBlock) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), human::number);
    match metric {
        MetricBlock::Counter { count, rate_per_s } => {
            format!("{}, {} a second", human::number(*count), human::number(*rate_per_s))
        }
        MetricBlock::Gauge { value, min, max } => {
            let [value, min, max] = [value, min, max].map(|value| human::number(*value));
            format!("{value} at last, from {min} to {max}")
        }
        MetricBlock::Rate { rate, passes, fails } => {
            let share = rate.map_or_else(|| "-".to_owned(), human::percent);
            format!("{share}, {} of {}", human::count(*passes), human::count(passes + fails))
        }
        MetricBlock::Trend { count, avg, med, p95, p99, max, .. } => {
            let [avg, med, p95, p99, max] = [avg, med, p95, p99, max].map(|figure| number(*figure));
            let count = human::count(*count);
            format!("{count} values: avg {avg}, med {med}, p95 {p95}, p99 {p99}, max {max}")
        }
    }
}
