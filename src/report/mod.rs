//! The HTML report: what a run comes to, as one file for people.
//!
//! A [`model::Model`] is filled by the sink of a run (`src/sink/report.rs`) or from logs ([`log`]), and
//! shown by [`html`], whose charts are made by `chart`.

mod buckets;
mod cell;
mod chart;
pub mod html;
pub mod log;
pub mod model;
pub mod timeline;
