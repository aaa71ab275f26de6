//! `scenarios` in `options()`, for `coyote plan`.

use super::threshold;
use crate::plan::fields::{Fields, FieldsError, check_name};
use crate::record::threshold::Threshold;
use rhai::Dynamic;
use std::collections::BTreeMap;
use std::time::Duration;

/// One scenario: a chain with its own profile, started after a delay.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioOptions {
    /// The function that is the chain; `chain` unless told otherwise.
    pub exec: String,
    /// The profile as the command line has it: `rate 100/1m`.
    pub profile: String,
    /// How long after the run's start it begins.
    pub start_after: Duration,
    /// When it is cut short.
    pub duration: Option<Duration>,
    /// Read before the command line's `-e`.
    pub env: BTreeMap<String, String>,
    /// Put on each of its measurements.
    pub tags: BTreeMap<String, String>,
    /// The script's weight within this scenario.
    pub weight: f64,
    /// Judged on this scenario's measurements alone.
    pub thresholds: Vec<Threshold>,
}

impl ScenarioOptions {
    const KEYS: &[&str] =
        &["exec", "profile", "start_after", "duration", "env", "tags", "weight", "thresholds"];

    /// Reads `scenarios: #{ name: #{ .. } }`, which `fields` may have. `weight` is the script's.
    pub(super) fn read_all(
        fields: &Fields,
        weight: f64,
    ) -> Result<BTreeMap<String, Self>, FieldsError> {
        let read = |(path, name, value): (String, String, Dynamic)| {
            check_name(&path, &name)?;
            Ok((name, Self::read(&path, &value, weight)?))
        };
        fields.entries("scenarios")?.into_iter().map(read).collect()
    }

    fn read(path: &str, value: &Dynamic, weight: f64) -> Result<Self, FieldsError> {
        let fields = Fields::new(path, value, Self::KEYS)?;
        let missing =
            || FieldsError::new(path, "`profile` is missing; write for example \"rate 100/1m\"");
        Ok(Self {
            exec: fields.text("exec")?.unwrap_or_else(|| "chain".to_owned()),
            profile: fields.text("profile")?.ok_or_else(missing)?,
            start_after: fields.time("start_after")?.unwrap_or_default(),
            duration: fields.time("duration")?,
            env: fields.texts("env")?,
            tags: fields.texts("tags")?,
            weight: fields.number("weight", super::script::WEIGHTS)?.unwrap_or(weight),
            thresholds: threshold::read_all(&fields)?,
        })
    }
}
