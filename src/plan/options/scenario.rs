//! `scenarios` in `options()`, for `coyote plan`.

use super::threshold;
use crate::plan::fields::{Fields, FieldsError, check_name};
use crate::profile::{self, Profile};
use crate::record::threshold::Threshold;
use rhai::Dynamic;
use std::collections::BTreeMap;
use std::time::Duration;

/// The function that is a script's chain.
pub const CHAIN: &str = "chain";

/// One scenario: a chain with its own profile, started after a delay.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioOptions {
    /// The function that is the chain, if another one than [`CHAIN`] or the script's cases.
    pub exec: Option<String>,
    /// The profile, given as the command line has it: `rate 100/1m`; with `max_attackers`, if that is
    /// given.
    pub profile: Profile,
    /// How long after the run's start it begins.
    pub start_after: Duration,
    /// When it is cut short.
    pub duration: Option<Duration>,
    /// What `env::get` finds where the command line's `-e` says nothing.
    pub env: BTreeMap<String, String>,
    /// Put on each of its measurements.
    pub tags: BTreeMap<String, String>,
    /// The script's weight within this scenario.
    pub weight: f64,
    /// Judged on this scenario's measurements alone.
    pub thresholds: Vec<Threshold>,
}

impl ScenarioOptions {
    const KEYS: &[&str] = &[
        "exec",
        "profile",
        "max_attackers",
        "start_after",
        "duration",
        "env",
        "tags",
        "weight",
        "thresholds",
    ];

    /// Reads `scenarios: #{ name: #{ .. } }`, which `fields` may have. `weight` is the script's.
    pub(super) fn read_all(
        fields: &Fields,
        weight: f64,
    ) -> Result<BTreeMap<String, Self>, FieldsError> {
        let read = |(path, name, value): (String, String, Dynamic)| {
            check_name(&path, &name)?;
            let options = Self::read(&path, &name, &value, weight)?;
            Ok((name, options))
        };
        fields.entries("scenarios")?.into_iter().map(read).collect()
    }

    /// The function that is the chain, in a script that is not one of cases.
    pub fn function(&self) -> &str {
        self.exec.as_deref().unwrap_or(CHAIN)
    }

    fn read(path: &str, name: &str, value: &Dynamic, weight: f64) -> Result<Self, FieldsError> {
        let fields = Fields::new(path, value, Self::KEYS)?;
        let duration = fields.time("duration")?;
        if duration.is_some_and(|duration| duration.is_zero()) {
            let told = "a scenario must last longer than 0";
            return Err(FieldsError::new(fields.path("duration"), told));
        }
        let within = |threshold: Threshold| {
            let path = fields.path("thresholds");
            threshold.of_scenario(name).map_err(|error| FieldsError::new(path, error.to_string()))
        };
        let thresholds = threshold::read_all(&fields)?.into_iter().map(within);
        Ok(Self {
            exec: fields.text("exec")?,
            profile: profile(&fields, path)?,
            start_after: fields.time("start_after")?.unwrap_or_default(),
            duration,
            env: fields.texts("env")?,
            tags: fields.texts("tags")?,
            weight: fields.number("weight", super::script::WEIGHTS)?.unwrap_or(weight),
            thresholds: thresholds.collect::<Result<_, _>>()?,
        })
    }
}

/// `profile`, and how many attackers it may use.
fn profile(fields: &Fields, path: &str) -> Result<Profile, FieldsError> {
    let text = fields.text("profile")?.ok_or_else(|| {
        FieldsError::new(path, "`profile` is missing; write for example \"rate 100/1m\"")
    })?;
    let profile =
        profile::parse(&text).map_err(|reason| FieldsError::new(fields.path("profile"), reason))?;
    match fields.whole("max_attackers", 1..=u32::MAX.into())? {
        None => Ok(profile),
        Some(most) if profile.is_open() => Ok(profile.with_max_attackers(most as u32)),
        Some(_) => {
            let told = "it is for rate and ramp; other profiles say how many attackers there are";
            Err(FieldsError::new(fields.path("max_attackers"), told))
        }
    }
}
