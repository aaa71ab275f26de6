//! What an audit finds.

use super::serial::Serial;
use crate::record::audit_block::{FindingBlock, FindingsBlock};

/// How many of each sort are told; all are counted.
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

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// It is not there.
    Lost,
    /// It is there more than once.
    Doubled,
    /// It says otherwise than the CA said.
    Contradicting,
}

/// Whose row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// An account.
    Account(u64),
    /// An order.
    Order(u64),
    /// A certificate.
    Certificate(Serial),
}

/// Everything that one comparison found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Rows that are not there.
    pub lost: FindingsBlock,
    /// Rows that are there more than once.
    pub doubled: FindingsBlock,
    /// Rows that say otherwise than the CA said.
    pub contradicting: FindingsBlock,
    /// Whose rows these are, each once.
    pub subjects: Vec<Subject>,
}

impl Findings {
    /// Adds one: what clients were told about `subject`, and what `table` has.
    pub fn add(
        &mut self,
        sort: Sort,
        table: &str,
        subject: Subject,
        confirmed: impl Into<String>,
        found: impl Into<String>,
    ) {
        // All that concerns one subject is found in one go.
        if self.subjects.last() != Some(&subject) {
            self.subjects.push(subject);
        }
        let findings = match sort {
            Sort::Lost => &mut self.lost,
            Sort::Doubled => &mut self.doubled,
            Sort::Contradicting => &mut self.contradicting,
        };
        findings.count += 1;
        if findings.rows.len() < MOST_TOLD {
            let id = match subject {
                Subject::Account(id) | Subject::Order(id) => id.to_string(),
                Subject::Certificate(serial) => serial.to_string(),
            };
            let (confirmed, found) = (confirmed.into(), found.into());
            findings.rows.push(FindingBlock { table: table.into(), id, confirmed, found });
        }
    }

    /// Adds what is wrong when there should be one row and are `count`; says whether there is any.
    pub fn expect_one(
        &mut self,
        table: &str,
        subject: Subject,
        confirmed: &str,
        count: usize,
    ) -> bool {
        match count {
            0 => self.add(Sort::Lost, table, subject, confirmed, "no row"),
            1 => {}
            n => self.add(Sort::Doubled, table, subject, confirmed, format!("{n} rows")),
        }
        count > 0
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.subjects.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_told() {
        let mut findings = Findings::default();
        assert!(findings.is_clean());
        for id in 0..250 {
            findings.expect_one("orders", Subject::Order(id), "it exists", 0);
        }
        assert!(!findings.expect_one("orders", Subject::Order(249), "it exists", 0));
        assert!(findings.expect_one("orders", Subject::Order(300), "it exists", 1));
        assert!(findings.expect_one("orders", Subject::Order(301), "it exists", 2));
        assert_eq!((findings.lost.count, findings.lost.rows.len()), (251, 100));
        assert_eq!(findings.lost.rows[99].id, "99");
        assert_eq!(findings.doubled.rows[0].found, "2 rows");
        assert_eq!(findings.subjects.len(), 251);
    }
}
