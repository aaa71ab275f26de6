//! Response times of chains over time: the averages in one chart, the percentiles in one for each.

use maud::{Markup, html};

use super::percentiles::percentiles;
use super::plot::{Names, highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, latency, legend, readable};
use crate::report::model::Model;
use crate::sink::human;

/// How many chains are shown: as many as have colours of their own.
const MOST_CHAINS: usize = Ink::CURVES;

/// A chain's name and curve.
type Chain<'a> = (&'a str, &'a Buckets<Cell>);

pub(super) fn section(model: &Model) -> Option<Markup> {
    let chains = model.timeline.chains();
    let shown = &chains[..chains.len().min(MOST_CHAINS)];
    (!chains.is_empty()).then(|| {
        html! {
            section id="chains-over-time" {
                h2 { "Chains over time" }
                @if shown.len() < chains.len() {
                    p class="note" {
                        "The " (shown.len()) " most frequent of " (chains.len()) " chains; the table of chains has all."
                    }
                }
                div class="charts" {
                    (averages(shown, model))
                    @for chain in shown { (spread(*chain, model)) }
                }
            }
        }
    })
}

fn averages(chains: &[Chain<'_>], model: &Model) -> Markup {
    let span = span(model);
    let curve = |(number, (_, curve)): (usize, &Chain<'_>)| {
        Layer::Line(Ink::Curve(number), latency(&readable(curve), span, Cell::mean_ms))
    };
    let mut layers: Vec<_> = chains.iter().enumerate().map(curve).collect();
    let (x, y) = (Axis::time(span.seconds()), Axis::millis(highest(&layers)));
    layers.push(stage_marks(model));
    let names = chains.iter().enumerate().map(|(number, (name, _))| (Ink::Curve(number), *name));
    let legend = legend(names);
    let names = Names { name: "Average time of a chain", more: "by when it ended" };
    plot(names, Some(&legend), &x, &y, &layers)
}

fn spread((name, curve): Chain<'_>, model: &Model) -> Markup {
    let total = curve.total();
    let mut more = human::counted(total.count(), "chain");
    if total.failed() > 0 {
        more = format!("{more}, {} failed", human::count(total.failed()));
    }
    percentiles(Names { name, more: &more }, curve, model)
}
