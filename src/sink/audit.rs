//! What an audit came to, for people.

use std::fmt::Write;

use super::human;
use super::style::{Paint, Style};
use super::text::parts::{WIDTH, section};
use crate::record::audit_block::{
    AuditBlock, ComparedBlock, FindingsBlock, SubjectsBlock, TableBlock,
};

/// How many findings of each sort and table are shown; the JSON has more.
const MOST_SHOWN: usize = 5;

/// The audit; nothing if none was asked for.
pub(super) fn render(audit: Option<&AuditBlock>, style: Style, out: &mut String) {
    match audit {
        None => {}
        Some(AuditBlock::Unmade(unmade)) => {
            section("AUDIT", style, out);
            let told = format!("could not be made: {}", unmade.error);
            _ = writeln!(out, "{}", style.paint(Paint::Red, &human::printable(&told)));
        }
        Some(AuditBlock::Made(block)) => compared(block, style, out),
    }
}

fn compared(block: &ComparedBlock, style: Style, out: &mut String) {
    section("AUDIT", style, out);
    let subjects = block.compared;
    let told = format!(
        "{}, {}, {}, {}, {} compared with the database in {}",
        human::counted(subjects.accounts, "account"),
        human::counted(subjects.orders, "order"),
        human::counted(subjects.authorizations, "authorization"),
        human::counted(subjects.certificates, "certificate"),
        human::counted(subjects.revocations, "revocation"),
        human::millis(block.took_s * 1e3),
    );
    for line in human::wrap(&told, WIDTH) {
        _ = writeln!(out, "{line}");
    }
    let sorts = [
        ("lost", &block.lost),
        ("doubled", &block.doubled),
        ("contradicting", &block.contradicting),
    ];
    if subjects == SubjectsBlock::default() {
        let told = "the CA confirmed nothing that could be compared";
        _ = writeln!(out, "{}", style.paint(Paint::Dim, told));
    } else if sorts.iter().all(|(_, findings)| findings.count == 0) {
        let told = "nothing lost, nothing doubled, nothing contradicting";
        _ = writeln!(out, "{}", style.paint(Paint::Green, told));
    }
    for (sort, findings) in sorts {
        self::findings(sort, findings, style, out);
    }
    for note in &block.notes {
        for line in human::wrap(&human::printable(note), WIDTH) {
            _ = writeln!(out, "{}", style.paint(Paint::Dim, &line));
        }
    }
}

fn findings(sort: &str, findings: &FindingsBlock, style: Style, out: &mut String) {
    if findings.count == 0 {
        return;
    }
    let title = format!("{} {sort}", human::counted(findings.count, "row"));
    _ = writeln!(out, "{}", style.paint(Paint::Red, &title));
    for (name, table) in &findings.tables {
        let told = format!("  {} in {}", human::count(table.count), human::printable(name));
        _ = writeln!(out, "{}", style.paint(Paint::Red, &told));
        self::table(table, style, out);
    }
}

fn table(table: &TableBlock, style: Style, out: &mut String) {
    let shown = &table.findings[..MOST_SHOWN.min(table.findings.len())];
    for finding in shown {
        let told = format!(
            "{}: the CA said {}, the table has {}",
            finding.id, finding.confirmed, finding.found
        );
        for (number, line) in human::wrap(&human::printable(&told), WIDTH - 6).iter().enumerate() {
            _ = writeln!(out, "{}{line}", if number == 0 { "    " } else { "      " });
        }
    }
    let left_out = table.count - shown.iter().map(|finding| finding.rows).sum::<u64>();
    if left_out > 0 {
        let told = format!("    ... and {}", human::counted(left_out, "more row"));
        _ = writeln!(out, "{}", style.paint(Paint::Dim, &told));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::audit_block::{FindingBlock, UnmadeBlock};

    fn rendered(audit: &AuditBlock) -> String {
        let mut out = String::new();
        render(Some(audit), Style::PLAIN, &mut out);
        out
    }

    fn block() -> ComparedBlock {
        ComparedBlock {
            took_s: 0.25,
            compared: SubjectsBlock {
                accounts: 1,
                orders: 2000,
                authorizations: 4,
                certificates: 3,
                revocations: 0,
            },
            lost: FindingsBlock::default(),
            doubled: FindingsBlock::default(),
            contradicting: FindingsBlock::default(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_clean_audit_says_what_was_compared() {
        let text = rendered(&AuditBlock::Made(block()));
        let start =
            "\nAUDIT\n1 account, 2,000 orders, 4 authorizations, 3 certificates, 0 revocations";
        assert!(text.starts_with(start), "{text}");
        assert!(
            text.ends_with("\nnothing lost, nothing doubled, nothing contradicting\n"),
            "{text}"
        );
    }

    #[test]
    fn an_audit_of_nothing_is_not_a_clean_one() {
        let compared = SubjectsBlock::default();
        let text = rendered(&AuditBlock::Made(ComparedBlock { compared, ..block() }));
        assert!(text.ends_with("\nthe CA confirmed nothing that could be compared\n"), "{text}");
    }

    #[test]
    fn each_table_is_told_and_the_rest_counted() {
        let finding = |id: u64| FindingBlock {
            id: id.to_string(),
            rows: 2,
            confirmed: "valid".into(),
            found: "no row".into(),
        };
        let table = |count: u64| TableBlock {
            count,
            findings: (0..100).map(finding).collect(),
            left_out: count - 200,
        };
        let tables = [("authz2".into(), table(220)), ("orders".into(), table(1200))];
        let lost = FindingsBlock { count: 1420, tables: tables.into() };
        let notes = vec!["not compared: table x".into()];
        let text = rendered(&AuditBlock::Made(ComparedBlock { lost, notes, ..block() }));
        for told in [
            "\n1,420 rows lost\n  220 in authz2\n    0: the CA said valid, the table has no row\n    1: ",
            "\n    ... and 210 more rows\n  1,200 in orders\n    0: the CA",
        ] {
            assert!(text.contains(told), "{text}");
        }
        assert!(text.ends_with("    ... and 1,190 more rows\nnot compared: table x\n"), "{text}");
    }

    #[test]
    fn an_audit_that_was_not_made_is_not_clean() {
        let unmade = AuditBlock::Unmade(UnmadeBlock { error: "table orders: gone".into() });
        assert_eq!(rendered(&unmade), "\nAUDIT\ncould not be made: table orders: gone\n");
    }
}
