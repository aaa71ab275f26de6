//! placeholder
use std::time::Duration;
/// l
#[derive(Debug, Clone)]
pub struct Limits { /// x
 pub cpu: Duration, /// x
 pub string_bytes: usize, /// x
 pub array_len: usize, /// x
 pub map_len: usize, /// x
 pub call_levels: usize }
impl Default for Limits { fn default() -> Self { Self { cpu: Duration::from_secs(10), string_bytes: 16<<20, array_len: 10_000, map_len: 10_000, call_levels: 64 } } }
/// o
#[derive(Debug, Clone)]
pub struct ScriptOptions { /// x
 pub name: String, /// x
 pub weight: f64, /// x
 pub pause: Duration, /// x
 pub fail_pause: Duration, /// x
 pub limits: Limits }
