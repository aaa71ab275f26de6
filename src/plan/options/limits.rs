//! `limits` in `options()`: what one chain may use up.

use crate::plan::fields::{Fields, FieldsError};
use rhai::Dynamic;
use std::time::Duration;

/// What one chain may use up before it fails. They are always on: a script that loops, recurses or
/// collects without end must not take other attackers with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time that one chain computes, waits not counted (`cpu_ms`).
    pub cpu: Duration,
    /// Length of a string in bytes (`string_bytes`).
    pub string_bytes: usize,
    /// Items in an array, and bytes in a blob (`array_len`).
    pub array_len: usize,
    /// Entries in a map (`map_len`).
    pub map_len: usize,
    /// Script functions inside each other (`call_levels`).
    pub call_levels: usize,
}

impl Default for Limits {
    /// 10 s, 16 MiB, 10,000 items, 10,000 entries, 64 levels.
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(10),
            string_bytes: 16 << 20,
            array_len: 16 * 1024 * 1024,
            map_len: 10_000,
            call_levels: 64,
        }
    }
}

impl Limits {
    const KEYS: &[&str] = &["cpu_ms", "string_bytes", "array_len", "map_len", "call_levels"];

    /// Reads `limits: #{ .. }`; what is not given keeps its default.
    pub(super) fn read(path: &str, value: &Dynamic) -> Result<Self, FieldsError> {
        let fields = Fields::new(path, value, Self::KEYS)?;
        let default = Self::default();
        let count = |key, max: i64, default| {
            Ok(fields.whole(key, 1..=max)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(default))
        };
        let cpu_ms = fields.whole("cpu_ms", 1..=3_600_000)?;
        Ok(Self {
            cpu: cpu_ms.map_or(default.cpu, |ms| Duration::from_millis(ms.unsigned_abs())),
            string_bytes: count("string_bytes", 1 << 30, default.string_bytes)?,
            array_len: count("array_len", 64 * 1024 * 1024, default.array_len)?,
            map_len: count("map_len", 10_000_000, default.map_len)?,
            // Beyond this a chain's stack ends first.
            call_levels: count("call_levels", 256, default.call_levels)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Limits, String> {
        let value = rhai::Engine::new().eval::<Dynamic>(text).expect("the test's map");
        Limits::read("limits", &value).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_stay() {
        assert_eq!(read("#{}"), Ok(Limits::default()));
        let limits = read("#{ cpu_ms: 500, array_len: 7 }").expect("it is right");
        assert_eq!((limits.cpu, limits.array_len), (Duration::from_millis(500), 7));
        assert_eq!(limits.call_levels, 64);
    }

    #[test]
    fn ranges_and_keys() {
        for (text, message) in [
            ("#{ cpu_ms: 0 }", "limits.cpu_ms: want 1 to 3600000, got 0"),
            ("#{ call_levels: 257 }", "limits.call_levels: want 1 to 256, got 257"),
            ("#{ string_bytes: 1.5 }", "limits.string_bytes: want integer, got float"),
            (
                "#{ cpu: 5 }",
                "limits: unknown key `cpu`; known are cpu_ms, string_bytes, \
                array_len, map_len, call_levels",
            ),
            ("#{ map_length: 5 }", "limits: unknown key `map_length`; did you mean `map_len`?"),
            ("[]", "limits: want map, got array"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
    }
}
