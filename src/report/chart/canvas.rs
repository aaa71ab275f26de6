//! Draws a chart.
//!
//! `plotters` has whole pixels only: charts are drawn larger than they are shown, which also leaves
//! screens with more pixels something to show.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Circle, DrawingArea, DrawingBackend, IntoDrawingArea,
    LineSeries, PathElement, Rectangle, SVGBackend,
};
use plotters::style::{Color, IntoFont, ShapeStyle, TRANSPARENT};

use super::axis::Axis;
use super::palette::Ink;

/// Pixels in the drawing; the page shows about half of them.
const SIZE: (u32, u32) = (1_200, 480);
/// `plotters` writes four fifths of this.
const FONT: u32 = 32;
/// Room for labels, which are larger on a phone.
const LEFT: u32 = 150;
const BELOW: u32 = 60;
const LINE: u32 = 3;
const DOT: i32 = 5;
/// With fewer points than this each is marked: of a single one there would be no line.
const FEW: usize = 30;

/// What is drawn between the axes, in coordinates of the axes.
#[derive(Debug, Clone)]
pub(crate) enum Layer {
    /// A curve through points.
    Line(Ink, Vec<(f64, f64)>),
    /// Bars from 0: left, right, height.
    Bars(Ink, Vec<(f64, f64, f64)>),
    /// Upright lines at these x: where something begins.
    Marks(Vec<f64>),
}

/// The chart as an SVG element.
pub(crate) fn draw(x: &Axis, y: &Axis, layers: &[Layer]) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    fill(&area, x, y, layers).expect("a string takes every drawing");
    drop(area);
    svg
}

type Drawn<T> = Result<(), DrawingAreaErrorKind<<T as DrawingBackend>::ErrorType>>;
type Chart<'a, T> = ChartContext<'a, T, Cartesian2d<Axis, Axis>>;

fn fill<T: DrawingBackend>(
    area: &DrawingArea<T, Shift>,
    x: &Axis,
    y: &Axis,
    layers: &[Layer],
) -> Drawn<T> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(20)
        .margin_right(40)
        .y_label_area_size(LEFT)
        .x_label_area_size(BELOW)
        .build_cartesian_2d(x.clone(), y.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(stroke(Ink::Grid, 2))
        .axis_style(stroke(Ink::Axis, 2))
        .label_style(("sans-serif", FONT).into_font())
        .x_label_formatter(&|at| label(x, *at))
        .y_label_formatter(&|at| label(y, *at))
        .draw()?;
    layers.iter().try_for_each(|layer| add(&mut chart, y, layer))?;
    area.present()
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (begin, end): (i32, i32)) -> i32 {
        let share = (value - self.min) / (self.max - self.min);
        begin + (share * f64::from(end - begin)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Light ones would be those between.
        let ticks = if hint.weight().allow_light_points() { &[] } else { self.ticks.as_slice() };
        ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.min..self.max
    }
}

/// What is written at one of the ticks, which come back as they were given.
fn label(axis: &Axis, at: f64) -> String {
    let tick = axis.ticks.iter().find(|(tick, _)| tick.to_bits() == at.to_bits());
    tick.map(|(_, label)| label.clone()).unwrap_or_default()
}

fn stroke(ink: Ink, width: u32) -> ShapeStyle {
    ink.color().stroke_width(width)
}

fn add<T: DrawingBackend>(chart: &mut Chart<'_, T>, y: &Axis, layer: &Layer) -> Drawn<T> {
    match layer {
        Layer::Line(ink, points) => {
            chart.draw_series(LineSeries::new(points.iter().copied(), stroke(*ink, LINE)))?;
            let few = if points.len() < FEW { points.as_slice() } else { &[] };
            let style = ink.color().filled();
            chart.draw_series(few.iter().map(|point| Circle::new(*point, DOT, style)))?;
        }
        Layer::Bars(ink, bars) => {
            let style = ink.color().filled();
            let bar = |&(left, right, height): &(f64, f64, f64)| {
                Rectangle::new([(left, 0.0), (right, height)], style)
            };
            chart.draw_series(bars.iter().map(bar))?;
        }
        Layer::Marks(places) => {
            let style = stroke(Ink::Axis, 1);
            let mark = |&at: &f64| PathElement::new([(at, y.min), (at, y.max)], style);
            chart.draw_series(places.iter().map(mark))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_its_curve_and_labels_and_scales_with_the_page() {
        let points = vec![(0.0, 5.0), (1.0, 20.0), (2.0, 10.0)];
        let layers = [Layer::Line(Ink::Curve(0), points), Layer::Marks(vec![1.0])];
        let svg = draw(&Axis::time(2.0), &Axis::millis(20.0), &layers);
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 1200 480\""), "{svg}");
        for text in ["1.5 s", "20 ms", &Ink::Curve(0).hex()] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 3);
    }

    #[test]
    fn long_curves_have_no_dots() {
        let points = (0..200).map(|n| (f64::from(n), 1.0)).collect();
        let layers = [Layer::Line(Ink::Failed, points)];
        assert!(!draw(&Axis::time(200.0), &Axis::amount(1.0), &layers).contains("<circle"));
    }
}
