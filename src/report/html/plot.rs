//! A chart on the page, with what it is.

use maud::{Markup, PreEscaped, html};

use super::figures;
use crate::report::chart::{Axis, Layer, Span, draw};
use crate::report::model::Model;

/// More stages than these would hatch a chart.
const MOST_MARKS: usize = 24;

/// What is above a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// What it shows.
    pub(super) name: &'a str,
    /// What else belongs to that, smaller.
    pub(super) more: &'a str,
}

/// A chart with its names and legend.
pub(super) fn plot(
    Names { name, more }: Names<'_>,
    legend: Option<&Markup>,
    x: &Axis,
    y: &Axis,
    layers: &[Layer],
) -> Markup {
    html! {
        figure role="img" aria-label=(figures::text(name)) {
            figcaption { (figures::text(name)) @if !more.is_empty() { " " small { (more) } } }
            @if let Some(legend) = legend { (legend) }
            // Numbers and our own words only.
            (PreEscaped(draw(x, y, layers)))
        }
    }
}

/// The stretch of time that charts over time show.
pub(super) fn span(model: &Model) -> Span {
    let start_us = model.timeline.start_us;
    Span { start_us, end_us: start_us + (model.summary.duration_s.max(0.0) * 1e6) as u64 }
}

/// Where stages begin, if there are several.
pub(super) fn stage_marks(model: &Model) -> Layer {
    let starts = model.summary.stages.iter().skip(1).map(|stage| stage.started_s);
    let starts: Vec<_> = starts.collect();
    Layer::Marks(if starts.len() <= MOST_MARKS { starts } else { Vec::new() })
}

/// The largest value of these layers' curves.
pub(super) fn highest(layers: &[Layer]) -> f64 {
    let points = layers.iter().flat_map(|layer| match layer {
        Layer::Line(_, points) => points.as_slice(),
        Layer::Bars(..) | Layer::Marks(_) => &[],
    });
    points.map(|(_, value)| *value).fold(0.0, f64::max)
}
