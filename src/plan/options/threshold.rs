//! `thresholds` in `options()`.

use crate::plan::fields::{Fields, FieldsError, cast, wrong_type};
use rhai::{Dynamic, ImmutableString};
use std::time::Duration;

/// One threshold, still as text: `"chain_failed: rate<0.01"`, or that with `abort`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdOptions {
    /// The expression, as `--threshold` takes it.
    pub expr: String,
    /// Whether a breach ends the run.
    pub abort: bool,
    /// How long into the run a breach is still forgiven; only with `abort`.
    pub grace: Duration,
}

impl ThresholdOptions {
    const KEYS: &[&str] = &["expr", "abort", "grace"];

    /// Reads `thresholds: [..]`, which `fields` may have.
    pub(super) fn read_all(fields: &Fields) -> Result<Vec<Self>, FieldsError> {
        fields.array("thresholds")?.iter().map(|(path, value)| Self::read(path, value)).collect()
    }

    fn read(path: &str, value: &Dynamic) -> Result<Self, FieldsError> {
        if value.is_string() {
            let expr = cast::<ImmutableString>(path, value, "string")?.into_owned();
            return Ok(Self { expr, abort: false, grace: Duration::ZERO });
        }
        if !value.is_map() {
            return Err(wrong_type(path, "string or map", value));
        }
        let fields = Fields::new(path, value, Self::KEYS)?;
        let missing = || FieldsError::new(path, "`expr` is missing");
        let abort = fields.bool("abort")?.unwrap_or(false);
        let grace = fields.time("grace")?;
        if grace.is_some() && !abort {
            return Err(FieldsError::new(fields.path("grace"), "it needs `abort: true`"));
        }
        let expr = fields.text("expr")?.ok_or_else(missing)?;
        Ok(Self { expr, abort, grace: grace.unwrap_or_default() })
    }
}
