//! The summary: what a run comes to, in the form `--summary` writes.
//!
//! One place derives it ([`Summary::build`]), everything that shows a whole run reads it. Times
//! are in milliseconds unless the name says otherwise, rates in events a second.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use super::audit_block::AuditBlock;
use super::blocks::round;
use super::case_block::{CaseBlock, VerdictCounts};
use super::environment::EnvironmentBlock;
use super::errors::ErrorSource;

/// The format's name and version, in the field `schema`.
pub const SCHEMA: &str = "coyote.summary/1";

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the run started: RFC 3339, UTC.
    pub started: String,
    /// How long it took, in seconds.
    pub duration_s: f64,
    /// The command that was run.
    pub command: String,
    /// What it was run against.
    pub target: String,
    /// Everything together.
    pub totals: TotalsBlock,
    /// By whose word cases are judged: `rfc`, `boulder`, `pebble`.
    #[serde(default)]
    pub expect: String,
    /// How many of `cases` ended which way.
    #[serde(default)]
    pub verdicts: VerdictCounts,
    /// The cases that `once` ran, in order.
    pub cases: Vec<CaseBlock>,
    /// Chains by name; those that never ran, too.
    pub chains: BTreeMap<String, LatencyBlock>,
    /// Requests by endpoint.
    pub endpoints: BTreeMap<String, LatencyBlock>,
    /// Requests by tag, the scripts' own and those of scenarios: key, value.
    pub tags: BTreeMap<String, BTreeMap<String, LatencyBlock>>,
    /// Scenarios by name; those that did not begin, too.
    #[serde(default)]
    pub scenarios: BTreeMap<String, ScenarioBlock>,
    /// The stages that were reached, in order; of several scenarios by scenario.
    pub stages: Vec<StageBlock>,
    /// Checks by name.
    pub checks: BTreeMap<String, CheckBlock>,
    /// Metrics by name: k6's, and the scripts' own.
    pub metrics: BTreeMap<String, MetricBlock>,
    /// Thresholds, as given.
    pub thresholds: Vec<ThresholdBlock>,
    /// Kinds of errors, the most frequent first.
    pub errors: Vec<ErrorBlock>,
    /// What the reader should know about how the figures were taken.
    pub warnings: Vec<String>,
    /// Row counts of the CA's tables, if the run had a database.
    pub database: Option<BTreeMap<String, RowCounts>>,
    /// What the CA told its clients, compared with what its database holds, if that was asked for.
    pub audit: Option<AuditBlock>,
    /// Where and with what it was made.
    #[serde(default)]
    pub environment: Option<EnvironmentBlock>,
}

/// Everything together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsBlock {
    /// All chains.
    pub chains: CountBlock,
    /// All requests.
    pub requests: CountBlock,
    /// All checks.
    pub checks: CountBlock,
    /// Bytes, headers and bodies.
    pub traffic: TrafficBlock,
    /// The most attackers at once.
    pub attackers_max: u32,
    /// Chains that could not be started on time.
    pub dropped_chains: u64,
    /// Cases that found that the CA does not offer what they need, each time.
    pub not_offered: u64,
    /// CPU time of coyote itself, in seconds.
    pub cpu_s: f64,
    /// The most memory coyote itself had resident, in bytes.
    pub rss_max_bytes: u64,
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountBlock {
    /// All of them.
    pub count: u64,
    /// Of these, the failed ones.
    pub failed: u64,
    /// All of them, per second.
    pub rate_per_s: f64,
}

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficBlock {
    /// Received.
    #[serde(rename = "in")]
    pub bytes_in: u64,
    /// Sent.
    #[serde(rename = "out")]
    pub bytes_out: u64,
}

/// Counts and times of chains or requests, the failed ones included. Times are null without any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyBlock {
    /// All of them.
    pub count: u64,
    /// Of these, the failed ones.
    pub failed: u64,
    /// All of them, per second.
    pub rate_per_s: f64,
    /// Mean.
    pub avg: Option<f64>,
    /// Shortest.
    pub min: Option<f64>,
    /// Median.
    pub med: Option<f64>,
    /// 90 % took at most this.
    pub p90: Option<f64>,
    /// 95 % took at most this.
    pub p95: Option<f64>,
    /// 99 % took at most this.
    pub p99: Option<f64>,
    /// 99.9 % took at most this.
    pub p999: Option<f64>,
    /// Longest.
    pub max: Option<f64>,
    /// When its script's `ready()` first said so, in seconds after the start of the run; null if
    /// never, absent for requests and where no script is asked.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub eligible_after_s: Option<Eligible>,
    /// How often a case found that the CA does not offer what it needs, which counts neither way;
    /// absent for requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_offered: Option<u64>,
    /// Where the time of requests went; absent for chains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsBlock>,
}

/// The parts of requests, as k6 names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartsBlock {
    /// Waiting for a free connection, and name resolution.
    pub blocked: PartBlock,
    /// TCP connect.
    pub connecting: PartBlock,
    /// TLS handshake.
    pub tls_handshaking: PartBlock,
    /// Writing the request.
    pub sending: PartBlock,
    /// Waiting for the answer's headers.
    pub waiting: PartBlock,
    /// Reading the answer's body.
    pub receiving: PartBlock,
}

/// One part of requests; requests without it count as zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartBlock {
    /// Mean.
    pub avg: f64,
    /// 95 % took at most this.
    pub p95: f64,
}

/// One scenario of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioBlock {
    /// When it began, in seconds after the start of the run; null if it did not.
    pub started_s: Option<f64>,
    /// How long it took, in seconds; its chains' time to end included.
    pub duration_s: f64,
    /// Its chains that could not be started on time.
    pub dropped_chains: u64,
    /// Its chains.
    pub chains: LatencyBlock,
    /// Its requests.
    pub requests: LatencyBlock,
}

/// One stage of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageBlock {
    /// Such as `1: 50 attackers`.
    pub name: String,
    /// When it began, in seconds after the start of the run.
    pub started_s: f64,
    /// How long it took, in seconds.
    pub duration_s: f64,
    /// Everything of this stage together.
    pub totals: StageTotalsBlock,
    /// Chains by name.
    pub chains: BTreeMap<String, LatencyBlock>,
    /// Requests by endpoint.
    pub endpoints: BTreeMap<String, LatencyBlock>,
}

/// Everything of one stage together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageTotalsBlock {
    /// All chains.
    pub chains: LatencyBlock,
    /// All requests.
    pub requests: LatencyBlock,
}

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckBlock {
    /// How often it held.
    pub passes: u64,
    /// How often it did not.
    pub fails: u64,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum MetricBlock {
    /// A sum.
    Counter {
        /// The sum.
        count: f64,
        /// The sum, per second of the run.
        rate_per_s: f64,
    },
    /// The last value and the range.
    Gauge {
        /// Last.
        value: f64,
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// How often something was so. In `http_req_failed`, a pass is a failed request, as in k6.
    Rate {
        /// Passes among all, 0 to 1; null without any.
        rate: Option<f64>,
        /// It was.
        passes: u64,
        /// It was not.
        fails: u64,
    },
    /// A distribution; figures are null without values.
    Trend {
        /// How many values.
        count: u64,
        /// Mean.
        avg: Option<f64>,
        /// Smallest.
        min: Option<f64>,
        /// Median.
        med: Option<f64>,
        /// 90 % are at most this.
        p90: Option<f64>,
        /// 95 % are at most this.
        p95: Option<f64>,
        /// 99 % are at most this.
        p99: Option<f64>,
        /// 99.9 % are at most this.
        p999: Option<f64>,
        /// Largest.
        max: Option<f64>,
    },
}

/// One threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdBlock {
    /// As given.
    pub expr: String,
    /// Whether it holds.
    pub ok: bool,
    /// What was measured; null without samples.
    pub observed: Option<f64>,
    /// When it ended the run, in seconds after its start; absent for those that did not. What was
    /// measured is then that of this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_run_at_s: Option<f64>,
}

/// One kind of errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorBlock {
    /// What failed. The error of a request that its chain did not survive is counted twice, once
    /// for either.
    pub source: ErrorSource,
    /// What went wrong, with `*` for ids and ports.
    pub message: String,
    /// How often.
    pub count: u64,
    /// The first of these messages as it was.
    pub example: String,
}

/// Rows of one table; null where they could not be counted, which a warning explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowCounts {
    /// Before the run.
    pub before: Option<u64>,
    /// After it.
    pub after: Option<u64>,
    /// Whether one of them is the database's own estimate, because counting took too long.
    pub estimated: bool,
}

/// Seconds after the start of the run; null: never.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Eligible(pub Option<f64>);

/// Tells null, which says something, from a member that is absent.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Eligible>, D::Error> {
    Eligible::deserialize(from).map(Some)
}

impl Summary {
    /// Says of `chain` when it could run first, counted from the start of the run, if ever.
    pub fn eligible(&mut self, chain: &str, after: Option<Duration>) {
        if let Some(block) = self.chains.get_mut(chain) {
            let after_s = after.map(|after| round(after.as_secs_f64()));
            block.eligible_after_s = Some(Eligible(after_s));
        }
    }

    /// The JSON text, indented, with a line feed at its end.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("only strings as keys, and no maps");
        json + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::summary;

    #[test]
    fn what_is_written_reads_back() {
        let read: Summary = serde_json::from_str(&summary().to_json()).expect("the same format");
        assert_eq!(read, summary());
    }

    /// Whether the published schema takes this JSON.
    fn is_valid(json: &serde_json::Value) -> bool {
        let schema = include_str!("../../tests/summary.schema.json");
        let schema = serde_json::from_str(schema).expect("the schema is JSON");
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("summary.json", schema).expect("a name of its own");
        let index = compiler.compile("summary.json", &mut schemas).expect("a valid schema");
        schemas.validate(json, index).is_ok()
    }

    #[test]
    fn the_published_schema_fits() {
        let mut json = serde_json::to_value(summary()).expect("serialisable");
        assert!(is_valid(&json));
        json["database"] = serde_json::json!({
            "registrations": {"before": 1, "after": null, "estimated": false}
        });
        json["thresholds"] = serde_json::json!([
            {"expr": "x", "ok": false, "observed": null},
            {"expr": "y", "ok": false, "observed": 2, "ended_run_at_s": 1.5}
        ]);
        assert!(is_valid(&json));
        let mut waited = summary();
        for after in [Some(Duration::from_secs(2)), None] {
            waited.eligible("never", after);
            let json = serde_json::to_value(&waited).expect("serialisable");
            assert!(is_valid(&json));
            let read: Summary = serde_json::from_value(json).expect("the same format");
            assert_eq!(read, waited);
        }
        json["environment"] = serde_json::json!({
            "coyote": "0.1.0", "os": "Linux", "cores": 2, "shards": 1,
            "profile": ["1: 5 attackers"], "scripts": ["new_cert.rhai"],
        });
        assert!(is_valid(&json));
        json["audit"] = serde_json::json!({"error": "no database"});
        assert!(is_valid(&json));
        let finding =
            serde_json::json!({"id": "7", "rows": 1, "confirmed": "valid", "found": "no row"});
        let of_table = serde_json::json!({"count": 3, "findings": [finding], "left_out": 2});
        let (none, one) = (
            serde_json::json!({"count": 0, "tables": {}}),
            serde_json::json!({"count": 3, "tables": {"orders": of_table}}),
        );
        let compared = serde_json::json!({
            "accounts": 1, "orders": 2, "authorizations": 2, "certificates": 3, "revocations": 0
        });
        json["audit"] = serde_json::json!({
            "took_s": 0.1, "compared": compared, "lost": one, "doubled": none, "contradicting": none, "notes": ["x"],
        });
        assert!(is_valid(&json));
        let read: Summary = serde_json::from_value(json.clone()).expect("the same format");
        assert!(
            matches!(read.audit, Some(AuditBlock::Made(block)) if block.lost.tables["orders"].findings[0].id == "7")
        );
        json["endpoints"]["new-order"]["count"] = "many".into();
        assert!(!is_valid(&json));
    }

    #[test]
    fn unknown_fields_are_refused() {
        let with_more = summary().to_json().replacen('{', "{\"more\": 1,", 1);
        assert!(serde_json::from_str::<Summary>(&with_more).is_err());
    }
}
