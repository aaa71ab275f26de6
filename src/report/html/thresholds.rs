//! Thresholds with what was observed.

use maud::{Markup, html};

use super::table::{row, table};
use crate::record::summary::ThresholdBlock;
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let thresholds = &model.summary.thresholds;
    let rows = html! { @for threshold in thresholds { (one(threshold)) } };
    (!thresholds.is_empty()).then(|| {
        html! {
            section id="thresholds" {
                h2 { "Thresholds" }
                (table("threshold", &["observed", "verdict"], &rows))
            }
        }
    })
}

fn one(threshold: &ThresholdBlock) -> Markup {
    let observed = threshold.observed.map_or_else(|| "no samples".to_owned(), human::exact);
    row(
        &threshold.expr,
        &html! {
            td { (observed) }
            @if threshold.ok {
                td class="good" { "holds" }
            } @else {
                td class="bad" {
                    "breached"
                    @if let Some(at_s) = threshold.ended_run_at_s {
                        ", ended the run after " (human::millis(at_s * 1e3))
                    }
                }
            }
        },
    )
}
