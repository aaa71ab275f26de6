//! Requests and chains a second, failures a second, and the times of requests, over time.

use maud::{Markup, html};

use super::chain_percentiles::{percentile_legend, percentiles};
use super::plot::{highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, legend, rate, readable};
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let requests = model.timeline.requests();
    if requests.is_empty() {
        return None;
    }
    let span = span(model);
    let mut times = percentiles(requests, span);
    let (x, y) = (Axis::time(span.seconds()), Axis::millis(highest(&times)));
    times.push(stage_marks(model));
    Some(html! {
        section id="requests-over-time" {
            h2 { "Requests over time" }
            div class="charts" {
                div {
                    (legend([(Ink::Curve(0), "all"), (Ink::Failed, "failed")]))
                    (rates(requests, model))
                }
                div {
                    (percentile_legend())
                    (plot("Time of a request", "by when it ended", &x, &y, &times))
                }
            }
        }
    })
}

fn rates(requests: &Buckets<Cell>, model: &Model) -> Markup {
    let (span, requests) = (span(model), readable(requests));
    let mut layers = vec![
        Layer::Line(Ink::Curve(0), rate(&requests, span, Cell::count)),
        Layer::Line(Ink::Failed, rate(&requests, span, Cell::failed)),
    ];
    let (x, y) = (Axis::time(span.seconds()), Axis::amount(highest(&layers)));
    layers.push(stage_marks(model));
    plot("Requests a second", "by when they ended", &x, &y, &layers)
}
