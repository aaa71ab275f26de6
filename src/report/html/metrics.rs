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
        @for (name, metric) in &metrics {
            (row(name, &html! { @for (figure, value) in figures(metric) { td { (figure) " " b { (value) } } } }))
        }
    };
    (!metrics.is_empty()).then(|| {
        html! { section id="metrics" { h2 { "Metrics" } (table("metric", &[""; 5], &rows)) } }
    })
}

/// Five figures with their names; those that a kind lacks are empty.
fn figures(metric: &MetricBlock) -> [(&'static str, String); 5] {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), human::number);
    let empty = || ("", String::new());
    match metric {
        MetricBlock::Counter { count, rate_per_s } => [
            ("count", human::number(*count)),
            ("/s", human::number(*rate_per_s)),
            empty(),
            empty(),
            empty(),
        ],
        MetricBlock::Gauge { value, min, max } => [
            ("last", human::number(*value)),
            ("min", human::number(*min)),
            ("max", human::number(*max)),
            empty(),
            empty(),
        ],
        MetricBlock::Rate { rate, passes, fails } => [
            ("rate", rate.map_or_else(|| "-".to_owned(), human::percent)),
            ("true", human::count(*passes)),
            ("false", human::count(*fails)),
            empty(),
            empty(),
        ],
        MetricBlock::Trend { avg, med, p95, p99, max, .. } => [
            ("avg", number(*avg)),
            ("med", number(*med)),
            ("p95", number(*p95)),
            ("p99", number(*p99)),
            ("max", number(*max)),
        ],
    }
}
