//! The page: a frame, and one file for each section.

mod attackers;
mod audit;
mod cases;
mod chain_percentiles;
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
mod page;
mod plot;
mod requests_over_time;
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
    header::section,
    notices::section,
    thresholds::section,
    totals::section,
    made::section,
    chains_over_time::section,
    chain_percentiles::section,
    requests_over_time::section,
    attackers::section,
    distribution::section,
    load::section,
    tables::chains,
    tables::endpoints,
    tables::stages,
    tables::tags,
    checks::section,
    metrics::section,
    cases::section,
    errors::section,
    audit::section,
    environment::section,
];
