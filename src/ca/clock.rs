//! The time of day, as the store keeps it and as RFC 8555 writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A moment in whole seconds since 1970, the resolution of RFC 8555 timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) fn now() -> Self {
        // A clock set before 1970 reads as 1970: orders then expire, nothing breaks.
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    pub(super) fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait.as_secs()))
    }

    /// RFC 3339 text in UTC.
    pub(super) fn to_rfc3339(self) -> String {
        i64::try_from(self.0)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .and_then(|moment| moment.format(&Rfc3339).ok())
            // Only a lifetime of thousands of years leads past what a date can say.
            .unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_rfc3339() {
        assert_eq!(Moment(0).to_rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment(1_700_000_000).to_rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(Moment(u64::MAX).to_rfc3339(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn moves_forward() {
        let now = Moment::now();
        assert!(now.after(Duration::from_secs(1)) > now);
    }
}
