//! Average time of each chain over time, all in one chart.

use maud::{Markup, html};

use super::plot::{highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, latency, legend, readable};
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let chains = model.timeline.chains();
    if chains.is_empty() {
        return None;
    }
    let span = span(model);
    let shown = &chains[..chains.len().min(Ink::CURVES)];
    let curve = |(number, (_, curve)): (usize, &(&str, &Buckets<Cell>))| {
        Layer::Line(Ink::Curve(number), latency(&readable(curve), span, Cell::mean_ms))
    };
    let mut layers: Vec<_> = shown.iter().enumerate().map(curve).collect();
    let (x, y) = (Axis::time(span.seconds()), Axis::millis(highest(&layers)));
    layers.push(stage_marks(model));
    let names = shown.iter().enumerate().map(|(number, (name, _))| (Ink::Curve(number), *name));
    let more = chains.len() - shown.len();
    Some(html! {
        section id="chains-over-time" {
            h2 { "Chains over time" }
            @if more > 0 {
                p class="note" {
                    "The " (shown.len()) " most frequent of " (chains.len()) " chains; the table below has all."
                }
            }
            (legend(names))
            div class="charts" { (plot("Average time of a chain", "by when it ended", &x, &y, &layers)) }
        }
    })
}
