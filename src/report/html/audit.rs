//! What the CA told its clients, compared with what its database holds.

use maud::{Markup, html};

use super::figures;
use super::table::{row, table};
use crate::record::audit_block::{AuditBlock, ComparedBlock, FindingsBlock, TableBlock};
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
            (human::counted(subjects.authorizations, "authorization")) ", "
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
    html! {
        @for (name, table) in &findings.tables { (of_table(sort, name, table)) }
    }
}

fn of_table(sort: &str, name: &str, found: &TableBlock) -> Markup {
    let rows = html! {
        @for finding in &found.findings {
            (row(&finding.id, &html! {
                td { (human::count(finding.rows)) }
                td class="name" { (figures::text(&finding.confirmed)) }
                td class="name" { (figures::text(&finding.found)) }
            }))
        }
    };
    html! {
        h3 class="bad" { (human::counted(found.count, "row")) " of " (figures::text(name)) " " (sort) }
        (table("id", &["rows", "confirmed", "found"], &rows))
        @if found.left_out > 0 {
            p class="note" { "And " (human::counted(found.left_out, "row")) " more." }
        }
    }
}
