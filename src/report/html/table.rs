//! Tables, each in a box of its own that scrolls where the page is narrow.

use maud::{Markup, html};

use super::figures;
use crate::record::summary::LatencyBlock;

/// A table: what its first column is, what the others are, and its rows.
pub(super) fn table(first: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        div class="scroll" tabindex="0" {
            table {
                thead {
                    tr {
                        th class="name" scope="col" { (first) }
                        @for column in columns { th scope="col" { (column) } }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}

/// A row: its name, and its cells.
pub(super) fn row(name: &str, cells: &Markup) -> Markup {
    html! { tr { th class="name" scope="row" { (figures::text(name)) } (cells) } }
}

/// The columns of [`latency_row`].
pub(super) const LATENCY: [&str; 11] =
    ["count", "failed", "/s", "avg", "min", "med", "p90", "p95", "p99", "p99.9", "max"];

/// Counts and times.
pub(super) fn latency_row(name: &str, block: &LatencyBlock) -> Markup {
    let LatencyBlock { avg, min, med, p90, p95, p99, p999, max, .. } = *block;
    row(
        name,
        &html! {
            td { (figures::count(block.count)) }
            (failures(block.failed))
            td { (figures::rate(block.rate_per_s)) }
            @for time in [avg, min, med, p90, p95, p99, p999, max] {
                td { (figures::millis(time)) }
            }
        },
    )
}

/// A number of failures, which shows if it is one.
pub(super) fn failures(failed: u64) -> Markup {
    html! { td class=[(failed > 0).then_some("bad")] { (figures::count(failed)) } }
}
