//! Chains and requests a second with failures, times of requests, and attackers, over time.

use maud::{Markup, html};

use super::percentiles::percentiles;
use super::plot::{Names, highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, attackers, legend, rate, readable, running};
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let timeline = &model.timeline;
    let (chains, requests) = (timeline.all_chains(), timeline.requests());
    let load = load(model);
    if chains.is_empty() && requests.is_empty() && load.is_none() {
        return None;
    }
    let time = Names { name: "Time of a request", more: "by when it ended" };
    Some(html! {
        section id="over-time" {
            h2 { "Load over time" }
            div class="charts" {
                @if !chains.is_empty() { (rates("Chains a second", &chains, model)) }
                @if !requests.is_empty() {
                    (rates("Requests a second", requests, model))
                    (percentiles(time, requests, model))
                }
                @if let Some(load) = load { (load) }
            }
        }
    })
}

fn rates(name: &str, curve: &Buckets<Cell>, model: &Model) -> Markup {
    let (span, curve) = (span(model), readable(curve));
    let mut layers = vec![
        Layer::Line(Ink::Curve(0), rate(&curve, span, Cell::count)),
        Layer::Line(Ink::Failed, rate(&curve, span, Cell::failed)),
    ];
    let (x, y) = (Axis::time(span.seconds()), Axis::amount(highest(&layers)));
    layers.push(stage_marks(model));
    let legend = legend([(Ink::Curve(0), "all"), (Ink::Failed, "failed")]);
    plot(Names { name, more: "by when they ended" }, Some(&legend), &x, &y, &layers)
}

/// How many attackers there were, or, from a log, how many chains ran.
fn load(model: &Model) -> Option<Markup> {
    let (timeline, span) = (&model.timeline, span(model));
    let axis: fn(f64) -> Axis;
    let (names, points) = if timeline.attackers_curve().is_empty() {
        let names = Names { name: "Chains at once", more: "that ran, on average" };
        axis = Axis::amount;
        (names, running(timeline.running(), span))
    } else {
        axis = Axis::whole;
        (Names { name: "Attackers", more: "" }, attackers(timeline.attackers_curve(), span))
    };
    if points.is_empty() {
        return None;
    }
    let mut layers = vec![Layer::Line(Ink::Curve(4), points)];
    let (x, y) = (Axis::time(span.seconds()), axis(highest(&layers)));
    layers.push(stage_marks(model));
    Some(plot(names, None, &x, &y, &layers))
}
