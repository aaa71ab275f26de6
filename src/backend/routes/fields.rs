//! The routes file as it is written. Every key is known: serde names those that are not, and
//! [`super::error`] the nearest right one. What a value means is parsed here too, while serde still knows
//! the line that it is in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::{Method, StatusCode};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::latency::{Latency, LatencyFields};
use super::pattern::Pattern;
use super::rate_limit::{Key, Quota};

/// The whole file. `auth`, `latency` and `rate_limits` hold for all routes; the first two unless a route
/// has its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileFields {
    pub(super) auth: Option<AuthFields>,
    pub(super) latency: Option<Latency>,
    #[serde(default)]
    pub(super) rate_limits: Vec<LimitFields>,
    pub(super) routes: Vec<RouteFields>,
}

/// One route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteFields {
    #[serde(default, deserialize_with = "method")]
    pub(super) method: Method,
    #[serde(deserialize_with = "pattern")]
    pub(super) path: Pattern,
    #[serde(default, deserialize_with = "status")]
    pub(super) status: StatusCode,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
    pub(super) auth: Option<AuthFields>,
    pub(super) latency: Option<Latency>,
    #[serde(default)]
    pub(super) rate_limits: Vec<LimitFields>,
    #[serde(default, deserialize_with = "share")]
    pub(super) error_share: f64,
}

/// Who may ask. With neither, anyone; with both, who has either.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthFields {
    /// The token.
    pub(super) bearer: Option<String>,
    /// A file of `user:password` lines, beside the routes file.
    pub(super) basic: Option<PathBuf>,
}

/// How often one key may ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitFields {
    #[serde(deserialize_with = "from_text")]
    pub(super) key: Key,
    #[serde(deserialize_with = "from_text")]
    pub(super) limit: Quota,
    /// Of the answer 429, besides `Retry-After`.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Value>,
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        LatencyFields::deserialize(deserializer)?.check().map_err(de::Error::custom)
    }
}

/// A text that is parsed to something.
fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err = String>,
{
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
    from_text(deserializer)
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let text = String::deserialize(deserializer)?;
    let upper = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let method = text.parse().ok().filter(|_| upper);
    let told = || de::Error::custom(format!("`{text}` is no method; write GET, POST, PUT, ..."));
    method.ok_or_else(told)
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    let number = u16::deserialize(deserializer)?;
    // hyper sends 1xx as if an answer were still to come.
    let status = StatusCode::from_u16(number).ok().filter(|_| (200..600).contains(&number));
    status.ok_or_else(|| de::Error::custom(format!("status: want 200 to 599, got {number}")))
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    let fits = (0.0..=1.0).contains(&share);
    let told = || de::Error::custom(format!("error_share: want 0 to 1, got {share}"));
    fits.then_some(share).ok_or_else(told)
}
