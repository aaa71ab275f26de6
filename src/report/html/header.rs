//! What was run, when, for how long, and how it ended.

use maud::{Markup, html};

use super::figures;
use crate::record::summary::ThresholdBlock;
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn header(model: &Model) -> Markup {
    let summary = &model.summary;
    let command = if summary.command.is_empty() { "A run, from its log" } else { &summary.command };
    let started = summary.started.get(..19).unwrap_or(&summary.started).replace('T', " ");
    html! {
        header {
            h1 { (figures::text(command)) }
            dl class="facts" {
                @if !summary.target.is_empty() { dt { "Target" } dd { (figures::text(&summary.target)) } }
                @if !started.is_empty() { dt { "Started" } dd { (figures::text(&started)) " UTC" } }
                dt { "Duration" } dd { (human::millis(summary.duration_s * 1e3)) }
                (thresholds(&summary.thresholds))
            }
        }
    }
}

fn thresholds(thresholds: &[ThresholdBlock]) -> Markup {
    let breached = thresholds.iter().filter(|threshold| !threshold.ok).count();
    html! {
        @if !thresholds.is_empty() {
            dt { "Thresholds" }
            @if breached == 0 {
                dd class="good" { "all hold" }
            } @else {
                dd class="bad" { (breached) " of " (thresholds.len()) " breached" }
            }
        }
    }
}
