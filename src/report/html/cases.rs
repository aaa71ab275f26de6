//! The cases that `once` ran.

use maud::{Markup, html};

use super::figures;
use super::table::{row, table};
use crate::record::case_block::{CaseBlock, CaseVerdict};
use crate::report::model::Model;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let cases = &model.summary.cases;
    let rows = html! { @for case in cases { (one(case)) } };
    (!cases.is_empty()).then(|| {
        html! {
            section id="cases" {
                h2 { "Cases" }
                (table("case", &["what is sent", "expected", "got", "verdict"], &rows))
            }
        }
    })
}

fn one(case: &CaseBlock) -> Markup {
    let (verdict, class) = match case.verdict {
        CaseVerdict::Passed => ("passed", "good"),
        CaseVerdict::Failed => ("failed", "bad"),
        CaseVerdict::Error => ("error", "bad"),
        CaseVerdict::NotOffered => ("not offered", "note"),
    };
    row(
        &case.chain,
        &html! {
            td class="name" {
                (figures::text(&case.what))
                @if let Some(error) = &case.error { pre { (figures::text(error)) } }
            }
            td class="name" { (figures::text(&case.expected.join(", "))) }
            td class="name" { (figures::text(case.got.as_deref().unwrap_or("-"))) }
            td class=(class) { (verdict) }
        },
    )
}
