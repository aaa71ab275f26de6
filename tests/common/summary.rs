//! What `--summary` wrote.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A summary that fits its schema.
pub(crate) struct Summary(pub(crate) Value);

impl Summary {
    #[track_caller]
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("--summary wrote its file");
        let value = serde_json::from_str(&text).expect("it is JSON");
        fits_schema(&value);
        Self(value)
    }

    /// The number at a JSON pointer.
    #[track_caller]
    pub(crate) fn number(&self, pointer: &str) -> f64 {
        let found = self.0.pointer(pointer).and_then(Value::as_f64);
        found.unwrap_or_else(|| panic!("no number at {pointer}: {:#}", self.0))
    }

    /// The count at a JSON pointer.
    #[track_caller]
    pub(crate) fn count(&self, pointer: &str) -> u64 {
        let found = self.0.pointer(pointer).and_then(|value| match value.as_f64() {
            Some(number) if number >= 0.0 && number.fract() == 0.0 => Some(number as u64),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no count at {pointer}: {:#}", self.0))
    }

    /// The items of the array at a JSON pointer.
    #[track_caller]
    pub(crate) fn list(&self, pointer: &str) -> &[Value] {
        let found = self.0.pointer(pointer).and_then(Value::as_array);
        found.unwrap_or_else(|| panic!("no array at {pointer}: {:#}", self.0))
    }

    /// How many of `what`, `chain` or `request`, failed with a message that holds `part`.
    pub(crate) fn errors(&self, what: &str, part: &str) -> u64 {
        let told = |error: &&Value| {
            error["source"] == what
                && error["message"].as_str().is_some_and(|text| text.contains(part))
        };
        self.list("/errors").iter().filter(told).filter_map(|error| error["count"].as_u64()).sum()
    }

    /// The checks that did not always hold.
    pub(crate) fn failed_checks(&self) -> Vec<&str> {
        let checks = self.0["checks"].as_object().expect("the schema demands an object");
        let failed = checks.iter().filter(|(_, check)| check["fails"].as_u64() != Some(0));
        failed.map(|(name, _)| name.as_str()).collect()
    }

    /// Fails the test unless chains ran and neither a chain, a request nor a check failed.
    #[track_caller]
    pub(crate) fn nothing_failed(&self) {
        let counts = |what| (what, self.count(&format!("/totals/{what}/failed")));
        let failed = [counts("chains"), counts("requests"), counts("checks")];
        assert_eq!(
            failed,
            [("chains", 0), ("requests", 0), ("checks", 0)],
            "errors: {:#}",
            self.0["errors"]
        );
        assert!(self.count("/totals/chains/count") > 0, "no chain ran");
    }
}

#[track_caller]
fn fits_schema(value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/summary.schema.json");
    let path = path.to_str().expect("the path is text");
    let mut schemas = boon::Schemas::new();
    let schema = boon::Compiler::new().compile(path, &mut schemas).expect("the schema is one");
    if let Err(error) = schemas.validate(value, schema) {
        panic!("the summary does not fit its schema: {error:#}");
    }
}
