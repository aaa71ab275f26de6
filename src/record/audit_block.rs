//! What an audit came to, in the form that `--summary` writes.

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
    /// Rows that are there more than once.
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
    /// Certificates that were downloaded.
    pub certificates: u64,
    /// Of these, the revoked ones.
    pub revocations: u64,
}

/// Rows with which something is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingsBlock {
    /// All of them.
    pub count: u64,
    /// The first hundred.
    pub rows: Vec<FindingBlock>,
}

/// One row with which something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingBlock {
    /// The table.
    pub table: String,
    /// The id of the account or order, or the certificate's serial number.
    pub id: String,
    /// What the CA told its clients.
    pub confirmed: String,
    /// What the table has.
    pub found: String,
}
