//! `thresholds` in `options()`.

use crate::plan::fields::{Fields, FieldsError, cast, wrong_type};
use crate::record::threshold::{Threshold, ThresholdError};
use rhai::{Dynamic, ImmutableString};

const KEYS: &[&str] = &["expr", "abort", "grace"];

/// Reads `thresholds: [..]`, which `fields` may have: each `"chain_failed: rate<0.01 abort 10s"` or
/// `#{ expr: "chain_failed: rate<0.01", abort: true, grace: "10s" }`.
pub(super) fn read_all(fields: &Fields) -> Result<Vec<Threshold>, FieldsError> {
    fields.array("thresholds")?.iter().map(|(path, value)| read(path, value)).collect()
}

fn read(path: &str, value: &Dynamic) -> Result<Threshold, FieldsError> {
    if value.is_string() {
        return parse(path, &cast::<ImmutableString>(path, value, "string")?);
    }
    if !value.is_map() {
        return Err(wrong_type(path, "string or map", value));
    }
    let fields = Fields::new(path, value, KEYS)?;
    let abort = fields.bool("abort")?.unwrap_or(false);
    let grace = fields.time("grace")?;
    if grace.is_some() && !abort {
        return Err(FieldsError::new(fields.path("grace"), "it needs `abort: true`"));
    }
    let missing = || FieldsError::new(path, "`expr` is missing");
    let expr = fields.text("expr")?.ok_or_else(missing)?;
    let threshold = parse(&fields.path("expr"), &expr)?;
    if abort && threshold.abort().is_some() {
        let told = "`expr` says `abort` already";
        return Err(FieldsError::new(fields.path("abort"), told));
    }
    Ok(if abort { threshold.aborting_after(grace.unwrap_or_default()) } else { threshold })
}

fn parse(path: &str, text: &str) -> Result<Threshold, FieldsError> {
    text.parse().map_err(|error: ThresholdError| FieldsError::new(path, error.to_string()))
}
