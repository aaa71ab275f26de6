//! What the CA told its clients, compared with what its database holds.

use maud::{Markup, html};

use super::figures;
use super::table::{row, table};
use crate::record::audit_block::{AuditBlock, ComparedBlock, FindingsBlock};
use crate::report::model::Model;
use crate::sink::human;

pub(super) fn section(model: &Model) -> Option<Markup> {
    let audit = model.summary.audit.as_ref()?;
    Some(html! {
        section id="audit" {
            h2 { "Audit" }
            @match audit {
                AuditBlock::Unmade(unmade) => {
                    p class="bad" { "It could not be made: " (figures::text(&unmade.error)) }
                }
                AuditBlock::Made(block) => (compared(block)),
            }
        }
    })
}

fn compared(block: &ComparedBlock) -> Markup {
    let subjects = block.compared;
    let sorts = [
        ("lost", &block.lost),
        ("doubled", &block.doubled),
        ("contradicting", &block.contradicting),
    ];
    html! {
        p {
            (human::counted(subjects.accounts, "account")) ", "
            (human::counted(subjects.orders, "order")) ", "
            (human::counted(subjects.certificates, "certificate")) " and "
            (human::counted(subjects.revocations, "revocation"))
            " compared with the database in " (human::millis(block.took_s * 1e3)) "."
        }
        @if sorts.iter().all(|(_, findings)| findings.count == 0) {
            p class="good" { "Nothing is lost, doubled or contradicting." }
        }
        @for (sort, findings) in sorts { (self::findings(sort, findings)) }
        @for note in &block.notes { p class="note" { (figures::text(note)) } }
    }
}

fn findings(sort: &str, findings: &FindingsBlock) -> Markup {
    let rows = html! {
        @for finding in &findings.rows {
            (row(&finding.id, &html! {
                td { (figures::text(&finding.table)) }
                td { (figures::text(&finding.confirmed)) }
                td { (figures::text(&finding.found)) }
            }))
        }
    };
    html! {
        @if findings.count > 0 {
            h3 class="bad" { (human::count(findings.count)) " " (sort) }
            @if findings.count > findings.rows.len() as u64 {
                p class="note" { "The first " (findings.rows.len()) " of them:" }
            }
            (table("id", &["table", "confirmed", "found"], &rows))
        }
    }
}
