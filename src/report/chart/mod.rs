//! Charts as SVG, with colours that the page's style sheet can change.

mod axis;
mod canvas;
mod legend;
mod palette;
mod points;
mod scale;

pub(super) use axis::Axis;
pub(super) use canvas::{Layer, draw};
pub(super) use legend::legend;
pub(super) use palette::{Ink, dark_rules};
pub(super) use points::{Span, attackers, latency, rate, readable, running};
