//! One line of a log.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A chain that ended. Members that are not of interest here, or not known yet, are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) chainname: Cow<'a, str>,
    pub(super) chainsuccessful: bool,
    /// In nanoseconds.
    chaintook: u64,
    #[serde(borrow, default)]
    pub(super) error: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) individualresults: Vec<RequestResult<'a>>,
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) stage: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) scenario: Cow<'a, str>,
}

/// One of its requests.
#[derive(Debug, Deserialize)]
pub(super) struct RequestResult<'a> {
    #[serde(borrow)]
    pub(super) uri: Cow<'a, str>,
    /// In nanoseconds.
    took: u64,
    pub(super) successful: bool,
    #[serde(borrow, default)]
    pub(super) error: Cow<'a, str>,
}

impl Line<'_> {
    /// How long the chain took.
    pub(super) fn took(&self) -> Duration {
        Duration::from_nanos(self.chaintook)
    }

    /// When it began, in microseconds since 1970.
    ///
    /// # Errors
    /// When `at` is no time since then; tells what it is instead.
    pub(super) fn started_us(&self) -> Result<u64, String> {
        let at = OffsetDateTime::parse(&self.at, &Rfc3339).ok();
        let micros = at.and_then(|at| u64::try_from(at.unix_timestamp_nanos() / 1_000).ok());
        micros.ok_or_else(|| format!("`at` is no time: {:?}", self.at))
    }
}

impl RequestResult<'_> {
    /// How long the request took.
    pub(super) fn took(&self) -> Duration {
        Duration::from_nanos(self.took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"chainname":"a\"b","chainsuccessful":true,"chaintook":5000,"later":[1],"individualresults":[{"uri":"new-nonce","took":2000,"successful":true,"error":""}],"at":"2027-01-15T08:00:01.750001Z","attacker":3,"stage":"1: 5 attackers","scenario":"default"}"#;

    #[test]
    fn what_a_newer_log_adds_is_passed_over() {
        let line: Line<'_> = serde_json::from_str(TEXT).expect("a line");
        assert_eq!((line.chainname.as_ref(), line.took()), ("a\"b", Duration::from_micros(5)));
        assert_eq!(line.started_us(), Ok(1_800_000_001_750_001));
        assert_eq!(line.individualresults[0].took(), Duration::from_micros(2));
    }

    #[test]
    fn times_are_checked() {
        for at in ["", "yesterday", "1969-12-31T23:59:59Z"] {
            let text = TEXT.replace("2027-01-15T08:00:01.750001Z", at);
            let line: Line<'_> = serde_json::from_str(&text).expect("a line");
            assert!(line.started_us().is_err(), "{at}");
        }
    }
}
