//! A strict reader of the maps that `options()` and `cases()` return: every message names the key,
//! what it wants and what it got, so that nothing in a script is silently ignored.

use crate::nearest::nearest;
use crate::plan::duration;
use rhai::{Array, Dynamic, ImmutableString, Map};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

/// What is wrong with what a script returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FieldsError {
    /// The key with what leads to it: `options().limits.cpu_ms`.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl FieldsError {
    pub(super) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

type Result<T> = std::result::Result<T, FieldsError>;

/// A map whose keys are all known. A value of `()` counts as not given.
#[derive(Debug)]
pub(super) struct Fields {
    path: String,
    map: Map,
}

impl Fields {
    /// Checks that `value` is a map and has no other keys than `known`.
    pub(super) fn new(path: impl Into<String>, value: &Dynamic, known: &[&str]) -> Result<Self> {
        let path = path.into();
        let map = cast::<Map>(&path, value, "map")?;
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(Self { path, map }),
            Some(key) => {
                let hint = match nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", known.join(", ")),
                };
                Err(FieldsError::new(path, format!("unknown key `{key}`; {hint}")))
            }
        }
    }

    /// The path of `key`, for messages.
    pub(super) fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Dynamic> {
        self.map.get(key).filter(|value| !value.is_unit())
    }

    fn read<T: Clone + 'static>(&self, key: &str, wanted: &str) -> Result<Option<T>> {
        self.get(key).map(|value| cast(&self.path(key), value, wanted)).transpose()
    }

    pub(super) fn bool(&self, key: &str) -> Result<Option<bool>> {
        self.read(key, "bool")
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>> {
        let text = self.read::<ImmutableString>(key, "string")?;
        Ok(text.map(ImmutableString::into_owned))
    }

    pub(super) fn whole(&self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        let Some(number) = self.read::<i64>(key, "integer")? else { return Ok(None) };
        self.in_range(key, number, &range).map(Some)
    }

    /// A float, or an integer as one.
    pub(super) fn number(&self, key: &str, range: RangeInclusive<f64>) -> Result<Option<f64>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64));
        let number = number.map_err(|_| wrong_type(&self.path(key), "number", value))?;
        self.in_range(key, number, &range).map(Some)
    }

    /// A time in milliseconds, up to a day.
    pub(super) fn millis(&self, key: &str) -> Result<Option<Duration>> {
        const DAY_MS: f64 = 86_400_000.0;
        let millis = self.number(key, 0.0..=DAY_MS)?;
        Ok(millis.map(|millis| Duration::from_secs_f64(millis / 1000.0)))
    }

    /// A time as the command line takes it: seconds as a number, else `"30s"`, `"5m"`.
    pub(super) fn time(&self, key: &str) -> Result<Option<Duration>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = if value.is_string() || value.is_int() || value.is_float() {
            value.to_string()
        } else {
            return Err(wrong_type(&self.path(key), "number or string", value));
        };
        let time = duration::parse(&text);
        time.map(Some).map_err(|reason| FieldsError::new(self.path(key), reason))
    }

    /// The items of an array, each with its path.
    pub(super) fn array(&self, key: &str) -> Result<Vec<(String, Dynamic)>> {
        let items = self.read::<Array>(key, "array")?.unwrap_or_default();
        let path = self.path(key);
        Ok(items.into_iter().zip(0..).map(|(item, i)| (format!("{path}[{i}]"), item)).collect())
    }

    /// The values of a map with keys of the user's choice, each with its path.
    pub(super) fn entries(&self, key: &str) -> Result<Vec<(String, String, Dynamic)>> {
        let map = self.read::<Map>(key, "map")?.unwrap_or_default();
        let path = self.path(key);
        let entries = map.into_iter();
        Ok(entries.map(|(name, v)| (format!("{path}.{name}"), name.to_string(), v)).collect())
    }

    /// A map of strings; numbers and booleans become their text.
    pub(super) fn texts(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let text = |(path, name, value): (String, String, Dynamic)| {
            let plain = value.is_string() || value.is_int() || value.is_float() || value.is_bool();
            let text = plain.then(|| value.to_string());
            let text = text.ok_or_else(|| wrong_type(&path, "string, number or bool", &value))?;
            Ok((name, text))
        };
        self.entries(key)?.into_iter().map(text).collect()
    }

    fn in_range<T: PartialOrd + Display>(
        &self,
        key: &str,
        number: T,
        range: &RangeInclusive<T>,
    ) -> Result<T> {
        if range.contains(&number) {
            return Ok(number);
        }
        let reason = format!("want {} to {}, got {number}", range.start(), range.end());
        Err(FieldsError::new(self.path(key), reason))
    }
}

/// `value` as a `T`, or an error that says `wanted`.
pub(super) fn cast<T: Clone + 'static>(path: &str, value: &Dynamic, wanted: &str) -> Result<T> {
    value.clone().flatten().try_cast::<T>().ok_or_else(|| wrong_type(path, wanted, value))
}

pub(super) fn wrong_type(path: &str, wanted: &str, value: &Dynamic) -> FieldsError {
    let name = value.type_name();
    let given = match name.rsplit("::").next().unwrap_or(name) {
        "i64" => "integer",
        "f64" => "float",
        "()" => "nothing",
        "Fn" => "function",
        other => other,
    };
    FieldsError::new(path, format!("want {wanted}, got {given}"))
}

/// Fails unless `name` may stand in metric tags, file names and CSV headers as it is.
pub(super) fn check_name(path: &str, name: &str) -> Result<()> {
    const MAX_CHARS: usize = 100;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=MAX_CHARS).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    let reason = format!("want 1 to {MAX_CHARS} letters, digits, `-`, `_`, `.`; got \"{name}\"");
    Err(FieldsError::new(path, reason))
}
