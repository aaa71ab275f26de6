//! The page: a frame, and one file for each section.

mod audit;
mod cases;
mod chains_over_time;
mod checks;
mod distribution;
mod environment;
mod errors;
mod figures;
mod header;
mod load;
mod made;
mod metrics;
mod notices;
mod over_time;
mod page;
mod percentiles;
mod plot;
mod table;
mod tables;
mod thresholds;
mod totals;

pub use page::render;

use maud::Markup;

use super::model::Model;

/// What shows a part of a run; nothing if it has none of that.
type Section = fn(&Model) -> Option<Markup>;

/// All of them, in the order in which they are read. A new one is a file and a line here.
const SECTIONS: &[Section] = &[
    notices::section,
    thresholds::section,
    totals::section,
    made::section,
    over_time::section,
    chains_over_time::section,
    distribution::section,
    load::section,
    tables::chains,
    tables::endpoints,
    tables::scenarios,
    tables::stages,
    tables::tags,
    checks::section,
    metrics::section,
    cases::section,
    errors::section,
    audit::section,
    environment::section,
];
