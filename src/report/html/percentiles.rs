//! How times are spread over time: percentiles as curves.

use maud::Markup;

use super::plot::{Names, highest, plot, span, stage_marks};
use crate::report::buckets::Buckets;
use crate::report::cell::Cell;
use crate::report::chart::{Axis, Ink, Layer, latency, legend, readable};
use crate::report::model::Model;

/// From the one that most are within to that of the unlucky.
const PERCENTILES: [(Ink, &str, f64); 4] = [
    (Ink::Curve(0), "median", 0.5),
    (Ink::Curve(2), "p90", 0.9),
    (Ink::Curve(1), "p95", 0.95),
    (Ink::Curve(3), "p99", 0.99),
];

/// The percentiles of `curve` over the run.
pub(super) fn percentiles(names: Names<'_>, curve: &Buckets<Cell>, model: &Model) -> Markup {
    let (span, curve) = (span(model), readable(curve));
    let layer = |(ink, _, quantile): (Ink, _, f64)| {
        Layer::Line(ink, latency(&curve, span, |cell| cell.quantile_ms(quantile)))
    };
    // The median last, on top.
    let mut layers: Vec<_> = PERCENTILES.into_iter().rev().map(layer).collect();
    let (x, y) = (Axis::time(span.seconds()), Axis::millis(highest(&layers)));
    layers.push(stage_marks(model));
    let legend = legend(PERCENTILES.map(|(ink, name, _)| (ink, name)));
    plot(names, Some(&legend), &x, &y, &layers)
}
