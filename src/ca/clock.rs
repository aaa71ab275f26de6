//! The time of day, as the store keeps it and as RFC 8555 writes it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

/// RFC 5280 §4.1.2.5 has it stand for "no end".
const FAR: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// A moment in whole seconds since 1970, the resolution of RFC 8555 timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) const EPOCH: Self = Self(0);

    pub(super) fn now() -> Self {
        // A clock set before 1970 reads as 1970: orders then expire, nothing breaks.
        Self(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// Never later than what a certificate can say.
    pub(super) fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait.as_secs()).min(FAR.unix_timestamp().cast_unsigned()))
    }

    pub(super) fn before(self, wait: Duration) -> Self {
        Self(self.0.saturating_sub(wait.as_secs()))
    }

    /// How long it is from here to `later`; nothing if that is not later.
    pub(super) fn until(self, later: Self) -> Duration {
        Duration::from_secs(later.0.saturating_sub(self.0))
    }

    /// Reads RFC 3339 text; fractions of a second are dropped, what is before 1970 counts as 1970.
    pub(super) fn from_rfc3339(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::from_datetime)
    }

    /// A date; what is before 1970 counts as 1970.
    pub(super) fn from_datetime(date: OffsetDateTime) -> Self {
        Self(u64::try_from(date.unix_timestamp()).unwrap_or(0))
    }

    /// As a date; only a lifetime of thousands of years leads past what dates can say.
    pub(super) fn to_datetime(self) -> OffsetDateTime {
        i64::try_from(self.0)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .unwrap_or(FAR)
    }

    /// RFC 3339 text in UTC.
    pub(super) fn to_rfc3339(self) -> String {
        // It fails for years of more than four digits only, which there are none of.
        self.to_datetime().format(&Rfc3339).unwrap_or_default()
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
    fn moves_both_ways() {
        let (now, second) = (Moment::now(), Duration::from_secs(1));
        assert!(now.after(second) > now && now.before(second) < now);
        assert_eq!(now.until(now.after(second)), second);
        assert_eq!(now.until(now.before(second)), Duration::ZERO);
    }

    #[test]
    fn reads_rfc3339() {
        let moment = Some(Moment(1_700_000_000));
        assert_eq!(Moment::from_rfc3339("2023-11-14T22:13:20Z"), moment);
        assert_eq!(Moment::from_rfc3339("2023-11-14T23:13:20.9+01:00"), moment);
        assert_eq!(Moment::from_rfc3339("1969-12-31T23:59:59Z"), Some(Moment(0)));
        for text in ["", "2023-11-14", "tomorrow"] {
            assert_eq!(Moment::from_rfc3339(text), None, "{text}");
        }
    }
}
