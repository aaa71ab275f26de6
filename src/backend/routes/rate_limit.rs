//! How often one client may ask: so many requests in so much time, counted from its first.

use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use http::HeaderName;

use crate::plan::duration;

/// Below so many clients, those whose time is over are not looked for.
const MIN_PURGE: usize = 1024;

/// What tells clients apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// The address that they come from.
    Ip,
    /// The user of their basic authentication.
    User,
    /// A header's value. Requests without it count together.
    Header(HeaderName),
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let header = text.strip_prefix("header:").and_then(|name| name.trim().parse().ok());
        match (text, header) {
            ("ip", _) => Ok(Self::Ip),
            ("user", _) => Ok(Self::User),
            (_, Some(name)) => Ok(Self::Header(name)),
            _ => Err(format!("key: want \"ip\", \"user\" or \"header:X-Api-Key\", got \"{text}\"")),
        }
    }
}

/// So many requests in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    count: u32,
    time: Duration,
}

impl FromStr for Quota {
    type Err = String;

    /// Reads `500/s` or `100/1m`.
    fn from_str(text: &str) -> Result<Self, String> {
        let unclear = || format!("limit: `{text}` is no limit; write 500/s or 100/1m");
        let (count, time) = text.split_once('/').ok_or_else(unclear)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(unclear)?;
        let time = duration::parse_per(time).ok().filter(|time| !time.is_zero());
        Ok(Self { count, time: time.ok_or_else(unclear)? })
    }
}

/// Counts requests by client.
#[derive(Debug)]
pub(super) struct Meter {
    quota: Quota,
    windows: DashMap<String, Window, ahash::RandomState>,
    purge_at: AtomicUsize,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    count: u32,
}

impl Meter {
    pub(super) fn new(quota: Quota) -> Self {
        let purge_at = AtomicUsize::new(MIN_PURGE);
        Self { quota, windows: DashMap::default(), purge_at }
    }

    /// Counts a request, or says how long its client must wait.
    pub(super) fn admit(&self, client: &str, now: Instant) -> Result<(), Duration> {
        let Quota { count, time } = self.quota;
        let admitted = if let Some(mut window) = self.windows.get_mut(client) {
            let passed = now.saturating_duration_since(window.since);
            if passed >= time {
                *window = Window { since: now, count: 0 };
            }
            window.count = window.count.saturating_add(1);
            if window.count <= count { Ok(()) } else { Err(time.saturating_sub(passed)) }
        } else {
            self.windows.insert(client.to_owned(), Window { since: now, count: 1 });
            Ok(())
        };
        self.purge(now);
        admitted
    }

    /// Keeps memory from growing with the clients that ever came.
    fn purge(&self, now: Instant) {
        if self.windows.len() < self.purge_at.load(Ordering::Relaxed) {
            return;
        }
        self.windows
            .retain(|_, window| now.saturating_duration_since(window.since) < self.quota.time);
        self.purge_at.store((self.windows.len() * 2).max(MIN_PURGE), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own_count() {
        let meter = Meter::new("2/10s".parse().expect("a limit"));
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(meter.admit("a", at(0)), Ok(()));
        assert_eq!(meter.admit("a", at(1)), Ok(()));
        assert_eq!(meter.admit("a", at(4)), Err(Duration::from_secs(6)));
        assert_eq!(meter.admit("b", at(4)), Ok(()));
        assert_eq!(meter.admit("a", at(10)), Ok(()));
    }

    #[test]
    fn clients_that_are_gone_are_forgotten() {
        let meter = Meter::new("1/s".parse().expect("a limit"));
        let start = Instant::now();
        for client in 0..5_000_u64 {
            let now = start + Duration::from_millis(client * 10);
            meter.admit(&client.to_string(), now).expect("its first");
        }
        assert!(meter.windows.len() <= MIN_PURGE, "{}", meter.windows.len());
    }

    #[test]
    fn what_is_no_limit_is_told() {
        for text in ["", "5", "0/s", "5/0s", "x/s"] {
            assert!(text.parse::<Quota>().expect_err(text).contains("write 500/s"));
        }
        assert_eq!(
            "header:x-real-ip".parse(),
            Ok(Key::Header(HeaderName::from_static("x-real-ip")))
        );
        assert!("host".parse::<Key>().expect_err("no key").contains("want \"ip\""));
    }
}
