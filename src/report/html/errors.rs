//! Errors by kind, with how often and an example.

use maud::{Markup, html};

use super::figures;
use super::table::table;
use crate::record::errors::ErrorSource;
use crate::record::summary::ErrorBlock;
use crate::report::model::Model;
use crate::sink::human;

/// How many kinds are shown; the summary has all.
const MOST_KINDS: usize = 100;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let errors = &model.summary.errors;
    let shown = &errors[..errors.len().min(MOST_KINDS)];
    let rows = html! { @for error in shown { (one(error)) } };
    (!errors.is_empty()).then(|| {
        html! {
            section id="errors" {
                h2 { "Errors" }
                p class="note" {
                    "By kind, with * for what differs. A request's error that its chain did not survive counts \
                     for either."
                }
                (table("error", &["of", "count"], &rows))
                @if shown.len() < errors.len() {
                    p class="note" { "And " (errors.len() - shown.len()) " kinds more, which --summary has." }
                }
            }
        }
    })
}

fn one(error: &ErrorBlock) -> Markup {
    let of = match error.source {
        ErrorSource::Chain => "chains",
        ErrorSource::Request => "requests",
    };
    html! {
        tr {
            th class="name" scope="row" {
                (figures::text(&error.message))
                @if error.example != error.message && !error.example.is_empty() {
                    pre class="note" { "e.g. " (figures::text(&error.example)) }
                }
            }
            td { (of) }
            td class="bad" { (human::count(error.count)) }
        }
    }
}
