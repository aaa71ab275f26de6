//! What scripts checked.

use maud::{Markup, html};

use super::table::{failures, row, table};
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let mut checks: Vec<_> = model.summary.checks.iter().collect();
    // Those that failed first.
    checks.sort_by_key(|(_, check)| check.fails == 0);
    let rows = html! {
        @for (name, check) in &checks {
            (row(name, &html! {
                td { (human::count(check.passes)) }
                (failures(check.fails))
                td { (human::percent(check.passes as f64 / (check.passes + check.fails).max(1) as f64)) }
            }))
        }
    };
    (!checks.is_empty()).then(|| {
        html! {
            section id="checks" {
                h2 { "Checks" }
                (table("check", &["passed", "failed", "rate"], &rows))
            }
        }
    })
}
