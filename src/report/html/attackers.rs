//! How many attackers there were over time, or, from a log, how many chains ran at once.

use maud::{Markup, html};

use super::plot::{highest, plot, span, stage_marks};
use crate::report::chart::{Axis, Ink, Layer, attackers, running};
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let (timeline, span) = (&model.timeline, span(model));
    let (name, more, points) = if timeline.attackers_curve().is_empty() {
        ("Chains running at once", "on average", running(timeline.running(), span))
    } else {
        ("Attackers", "", attackers(timeline.attackers_curve(), span))
    };
    if points.is_empty() {
        return None;
    }
    let mut layers = vec![Layer::Line(Ink::Curve(4), points)];
    let (x, y) = (Axis::time(span.seconds()), Axis::amount(highest(&layers)));
    layers.push(stage_marks(model));
    Some(html! {
        section id="attackers" {
            h2 { "Load over time" }
            div class="charts" { (plot(name, more, &x, &y, &layers)) }
        }
    })
}
