//! The part of the summary that `once` adds: each case with what came of it.

use serde::{Deserialize, Serialize};

/// One case that `once` ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseBlock {
    /// The name of its chain.
    pub chain: String,
    /// The row of a catalogue that it covers.
    pub row: Option<i64>,
    /// What is sent wrong.
    pub what: String,
    /// The answers that are right.
    pub expected: Vec<String>,
    /// What came back, in the same words; null without an answer.
    pub got: Option<String>,
    /// What that means.
    pub verdict: CaseVerdict,
    /// Why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseVerdict {
    /// The answer is one of those that are right.
    Passed,
    /// It is not, or there is none.
    Failed,
    /// The CA was not asked: the script is wrong, or what it needed first could not be had.
    Error,
    /// The CA does not offer what the case needs.
    NotOffered,
}

/// How many cases ended which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictCounts {
    /// [`CaseVerdict::Passed`]
    pub passed: u64,
    /// [`CaseVerdict::Failed`]
    pub failed: u64,
    /// [`CaseVerdict::Error`]
    pub error: u64,
    /// [`CaseVerdict::NotOffered`]
    pub not_offered: u64,
}

impl VerdictCounts {
    /// Those of `cases`.
    pub fn of(cases: &[CaseBlock]) -> Self {
        let mut counts = Self::default();
        for case in cases {
            *match case.verdict {
                CaseVerdict::Passed => &mut counts.passed,
                CaseVerdict::Failed => &mut counts.failed,
                CaseVerdict::Error => &mut counts.error,
                CaseVerdict::NotOffered => &mut counts.not_offered,
            } += 1;
        }
        counts
    }
}
