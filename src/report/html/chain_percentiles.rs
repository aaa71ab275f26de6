//! How the times of each chain are spread over time, in a chart for each.

use maud::{Markup, html};

use super::plot::{highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, Span, latency, legend, readable};
use crate::report::model::Model;
use crate::sink::human;

/// How many chains have a chart.
const MOST_CHARTS: usize = 12;

/// Percentiles, from the one most chains are within to that of the unlucky.
pub(super) const PERCENTILES: [(Ink, &str, f64); 4] = [
    (Ink::Curve(0), "median", 0.5),
    (Ink::Curve(2), "p90", 0.9),
    (Ink::Curve(1), "p95", 0.95),
    (Ink::Curve(3), "p99", 0.99),
];

pub(super) fn section(model: &Model) -> Option<Markup> {
    let chains = model.timeline.chains();
    if chains.is_empty() {
        return None;
    }
    let shown = &chains[..chains.len().min(MOST_CHARTS)];
    Some(html! {
        section id="chain-percentiles" {
            h2 { "Percentiles of each chain over time" }
            @if shown.len() < chains.len() {
                p class="note" { "The " (shown.len()) " most frequent of " (chains.len()) " chains." }
            }
            (percentile_legend())
            div class="charts" {
                @for (name, curve) in shown { (chart(name, curve, model)) }
            }
        }
    })
}

/// Which colour is which percentile.
pub(super) fn percentile_legend() -> Markup {
    legend(PERCENTILES.map(|(ink, name, _)| (ink, name)))
}

/// The percentiles of a curve.
pub(super) fn percentiles(curve: &Buckets<Cell>, span: Span) -> Vec<Layer> {
    let curve = readable(curve);
    let layer = |(ink, _, quantile): (Ink, _, f64)| {
        Layer::Line(ink, latency(&curve, span, |cell| cell.quantile_ms(quantile)))
    };
    // The median last, on top.
    PERCENTILES.into_iter().rev().map(layer).collect()
}

fn chart(name: &str, curve: &Buckets<Cell>, model: &Model) -> Markup {
    let span = span(model);
    let mut layers = percentiles(curve, span);
    let (x, y) = (Axis::time(span.seconds()), Axis::millis(highest(&layers)));
    layers.push(stage_marks(model));
    let total = curve.total();
    let mut more = human::counted(total.count(), "chain");
    if total.failed() > 0 {
        more = format!("{more}, {} failed", human::count(total.failed()));
    }
    plot(name, &more, &x, &y, &layers)
}
