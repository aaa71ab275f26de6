//! What the reader should know about how the figures were taken.

use maud::{Markup, html};

use super::figures;
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let notices: Vec<_> = model.notes.iter().chain(&model.summary.warnings).collect();
    (!notices.is_empty()).then(|| {
        html! {
            section id="warnings" {
                h2 { "Warnings" }
                ul class="notices" { @for notice in notices { li { (figures::text(notice)) } } }
            }
        }
    })
}
