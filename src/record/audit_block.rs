//! What an audit came to, in the form that `--summary` writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How an audit ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AuditBlock {
    /// It was made.
    Made(ComparedBlock),
    /// It was not: nothing is known about what the database holds.
    Unmade(UnmadeBlock),
}

impl AuditBlock {
    /// Whether something is lost, doubled or contradicts what the CA said.
    pub fn has_findings(&self) -> bool {
        match self {
            Self::Made(block) => [&block.lost, &block.doubled, &block.contradicting]
                .iter()
                .any(|found| found.count > 0),
            Self::Unmade(_) => false,
        }
    }
}

/// Why an audit was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnmadeBlock {
    /// Why.
    pub error: String,
}

/// What clients were told, compared with what the database holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedBlock {
    /// How long it took, in seconds.
    pub took_s: f64,
    /// How many were compared.
    pub compared: SubjectsBlock,
    /// Rows that are not there.
    pub lost: FindingsBlock,
    /// Rows that are there besides the one that should be.
    pub doubled: FindingsBlock,
    /// Rows that say otherwise than the CA said.
    pub contradicting: FindingsBlock,
    /// What was not compared, and why.
    pub notes: Vec<String>,
}

/// What the CA confirmed to its clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectsBlock {
    /// Accounts.
    pub accounts: u64,
    /// Orders.
    pub orders: u64,
    /// Authorizations that became valid or invalid, or were deactivated.
    pub authorizations: u64,
    /// Certificates that were downloaded.
    pub certificates: u64,
    /// Of these, the revoked ones.
    pub revocations: u64,
}

/// Rows with which something is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingsBlock {
    /// How many rows.
    pub count: u64,
    /// The tables that they are in, or should be.
    pub tables: BTreeMap<String, TableBlock>,
}

/// Those of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableBlock {
    /// How many rows.
    pub count: u64,
    /// The first hundred findings, in the order of their ids.
    pub findings: Vec<FindingBlock>,
    /// How many rows all further ones are about.
    pub left_out: u64,
}

/// Rows of one account, order, authorization or certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingBlock {
    /// The id of the account, order or authorization, or the certificate's serial number.
    pub id: String,
    /// How many rows.
    pub rows: u64,
    /// What the CA told its clients.
    pub confirmed: String,
    /// What the table has.
    pub found: String,
}
