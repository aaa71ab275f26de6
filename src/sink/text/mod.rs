//! The summary for people: 80 columns, at most two screens for a common run; of `once`, the table of
//! cases beside. A new part is one file and one line here.

mod by_stage;
mod chains;
mod checks;
mod database;
mod errors;
mod footer;
mod header;
mod latencies;
mod metrics;
pub(super) mod parts;
mod requests;
mod scenarios;
mod stages;
mod thresholds;
mod whole;

use crate::record::summary::Summary;
use crate::sink::style::Style;
use crate::sink::{audit, cases};

pub use whole::render;

/// Adds its lines, if there is anything to tell.
type Part = fn(&Summary, Style, &mut String);

/// Every part, in the order in which they are shown.
const PARTS: &[Part] = &[
    header::render,
    chains::render,
    requests::render,
    scenarios::render,
    stages::render,
    by_stage::render,
    checks::render,
    metrics::render,
    database::render,
    thresholds::render,
    |summary, style, out| audit::render(summary.audit.as_ref(), style, out),
    errors::render,
    footer::render,
    |summary, style, out| cases::render(&summary.cases, style, out),
];
