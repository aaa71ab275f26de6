//! What came of it at the CA: users, authorizations, certificates, as its clients and its database count
//! them.

use maud::{Markup, html};

use super::table::{row, table};
use crate::record::summary::{LatencyBlock, RowCounts, Summary};
use crate::report::model::Model;
use crate::sink::human;

/// What there is at a CA, and which requests of the standard library's clients make it: of RFC 8555, then
/// of the ACME of 2015.
const MADE: [(&str, &[&str]); 6] = [
    ("accounts (registrations)", &["new-account", "new-reg"]),
    ("orders", &["new-order"]),
    ("pre-authorizations", &["new-authz"]),
    ("challenges answered", &["challenge"]),
    ("certificates", &["certificate", "new-cert"]),
    ("revocations", &["revoke-cert"]),
];

pub(super) fn section(model: &Model) -> Option<Markup> {
    let requests = requests(&model.summary);
    let database = model.summary.database.as_ref().filter(|tables| !tables.is_empty());
    let made = html! { @for (what, count) in &requests { (row(what, &html! { td { (human::count(*count)) } })) } };
    let rows = html! { @for (name, counts) in database.into_iter().flatten() { (table_row(name, counts)) } };
    (!requests.is_empty() || database.is_some()).then(|| {
        html! {
            section id="made" {
                h2 { "At the CA" }
                div class="charts" {
                    @if !requests.is_empty() {
                        div {
                            h3 { "Requests that ended as they should" }
                            (table("for", &["count"], &made))
                        }
                    }
                    @if database.is_some() {
                        div {
                            h3 { "Rows of its database" }
                            (table("table", &["before", "after", "change"], &rows))
                        }
                    }
                }
            }
        }
    })
}

/// What was made, and how often.
fn requests(summary: &Summary) -> Vec<(&'static str, u64)> {
    let succeeded = |endpoint: &&str| {
        let block: Option<&LatencyBlock> = summary.endpoints.get(*endpoint);
        block.map_or(0, |block| block.count - block.failed)
    };
    let made = MADE.map(|(what, endpoints)| (what, endpoints.iter().map(succeeded).sum()));
    made.into_iter().filter(|(_, count): &(_, u64)| *count > 0).collect()
}

/// Rows of one table, with `~` for estimates.
fn table_row(name: &str, counts: &RowCounts) -> Markup {
    let mark = if counts.estimated { "~" } else { "" };
    let shown = |rows: Option<u64>| rows.map(|rows| format!("{mark}{}", human::count(rows)));
    let change = counts.before.zip(counts.after).map(|(before, after)| {
        let sign = if after < before { '-' } else { '+' };
        format!("{mark}{sign}{}", human::count(after.abs_diff(before)))
    });
    let cells = [shown(counts.before), shown(counts.after), change];
    row(name, &html! { @for cell in cells { td { (cell.as_deref().unwrap_or("-")) } } })
}
