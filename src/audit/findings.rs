//! What an audit finds.

use super::serial::Serial;
use crate::record::audit_block::{FindingBlock, FindingsBlock, TableBlock};

/// How many of each table and sort are told; all are counted.
const MOST_TOLD: usize = 100;

/// Why an audit could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table}: {why}")]
pub struct Unmade {
    /// What was asked.
    pub table: &'static str,
    /// The database's answer.
    pub why: String,
}

/// Whose rows they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// An account.
    Account(u64),
    /// An order.
    Order(u64),
    /// An authorization.
    Authorization(u64),
    /// A certificate.
    Certificate(Serial),
}

/// Rows of one table that concern one subject: what clients were told, and what the table has.
pub struct Finding<'a> {
    /// The table.
    pub table: &'a str,
    /// Whose rows they are.
    pub subject: Subject,
    /// How many.
    pub rows: u64,
    /// What clients were told.
    pub confirmed: String,
    /// What the table has.
    pub found: String,
}

/// What one row says otherwise than the CA said.
#[derive(Debug, Default)]
pub struct Differences {
    confirmed: Vec<String>,
    found: Vec<String>,
}

impl Differences {
    /// Adds one.
    pub fn add(&mut self, confirmed: impl Into<String>, found: impl Into<String>) {
        self.confirmed.push(confirmed.into());
        self.found.push(found.into());
    }
}

/// Everything that one comparison found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Rows that are not there.
    pub lost: FindingsBlock,
    /// Rows that are there besides the one that should be.
    pub doubled: FindingsBlock,
    /// Rows that say otherwise than the CA said.
    pub contradicting: FindingsBlock,
    /// Whose rows these are, each once.
    pub subjects: Vec<Subject>,
}

impl Findings {
    /// Adds rows that are not there.
    pub fn add_lost(&mut self, finding: Finding<'_>) {
        self.concerns(finding.subject);
        add(&mut self.lost, finding);
    }

    /// Adds rows that are there besides the one that should be.
    pub fn add_doubled(&mut self, finding: Finding<'_>) {
        self.concerns(finding.subject);
        add(&mut self.doubled, finding);
    }

    /// Adds rows that say otherwise than the CA said.
    pub fn add_contradicting(&mut self, finding: Finding<'_>) {
        self.concerns(finding.subject);
        add(&mut self.contradicting, finding);
    }

    /// Adds a row that says otherwise than the CA said, if it does.
    pub fn add_differences(&mut self, table: &str, subject: Subject, differences: &Differences) {
        if differences.confirmed.is_empty() {
            return;
        }
        let confirmed = differences.confirmed.join(", ");
        let found = differences.found.join(", ");
        self.add_contradicting(Finding { table, subject, rows: 1, confirmed, found });
    }

    /// Adds what is wrong when there should be one row and are `count`; says whether there is any.
    pub fn expect_one(
        &mut self,
        table: &str,
        subject: Subject,
        confirmed: &str,
        count: usize,
    ) -> bool {
        let finding = |rows: usize, found: String| Finding {
            table,
            subject,
            rows: rows as u64,
            confirmed: confirmed.to_owned(),
            found,
        };
        match count {
            0 => self.add_lost(finding(1, "no row".to_owned())),
            1 => {}
            n => self.add_doubled(finding(n - 1, format!("{n} rows"))),
        }
        count > 0
    }

    /// How many rows something is wrong with.
    pub fn count(&self) -> u64 {
        self.lost.count + self.doubled.count + self.contradicting.count
    }

    fn concerns(&mut self, subject: Subject) {
        // All that concerns one subject is found in one go.
        if self.subjects.last() != Some(&subject) {
            self.subjects.push(subject);
        }
    }
}

fn add(block: &mut FindingsBlock, finding: Finding<'_>) {
    let Finding { table, subject, rows, confirmed, found } = finding;
    block.count += rows;
    // Not `entry`, which would need a text for each finding.
    if !block.tables.contains_key(table) {
        block.tables.insert(table.to_owned(), TableBlock::default());
    }
    let Some(of_table) = block.tables.get_mut(table) else { return };
    of_table.count += rows;
    if of_table.findings.len() >= MOST_TOLD {
        of_table.left_out += rows;
        return;
    }
    let id = match subject {
        Subject::Account(id) | Subject::Order(id) | Subject::Authorization(id) => id.to_string(),
        Subject::Certificate(serial) => serial.to_string(),
    };
    of_table.findings.push(FindingBlock { id, rows, confirmed, found });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_counted_and_the_first_of_each_table_are_told() {
        let mut findings = Findings::default();
        for id in 0..250 {
            findings.expect_one("orders", Subject::Order(id), "it exists", 0);
        }
        assert!(!findings.expect_one("authz2", Subject::Authorization(7), "valid", 0));
        assert!(findings.expect_one("orders", Subject::Order(300), "it exists", 1));
        assert!(findings.expect_one("orders", Subject::Order(301), "it exists", 4));
        assert_eq!((findings.count(), findings.lost.count, findings.doubled.count), (254, 251, 3));
        let orders = &findings.lost.tables["orders"];
        assert_eq!((orders.count, orders.left_out, orders.findings.len()), (250, 150, 100));
        assert_eq!(orders.findings[99].id, "99");
        assert_eq!(findings.lost.tables["authz2"].findings[0].confirmed, "valid");
        let doubled = &findings.doubled.tables["orders"].findings[0];
        assert_eq!((doubled.rows, doubled.found.as_str()), (3, "4 rows"));
        assert_eq!(findings.subjects.len(), 252);
    }

    #[test]
    fn a_row_is_one_finding_whatever_it_says() {
        let mut findings = Findings::default();
        findings.add_differences("orders", Subject::Order(7), &Differences::default());
        assert_eq!(findings.count(), 0);
        let mut differences = Differences::default();
        differences.add("of account 1", "of account 2");
        differences.add("valid", "no certificate");
        findings.add_differences("orders", Subject::Order(7), &differences);
        let told = &findings.contradicting.tables["orders"].findings[0];
        assert_eq!(told.confirmed, "of account 1, valid");
        assert_eq!((told.rows, told.found.as_str()), (1, "of account 2, no certificate"));
    }
}
