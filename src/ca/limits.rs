//! Rate limits by switch: so many requests, or names, in so much time, for each account, client
//! address or domain.
//!
//! Each is a GCRA, as Boulder's are: of every key only the time is kept at which its bucket will be
//! full again. A full bucket needs no record.

use std::{
    fmt,
    net::IpAddr,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use dashmap::DashMap;
use hyper::header::{HeaderValue, RETRY_AFTER};

use super::{
    identifier::Identifier,
    problem::{ErrorType, Problem},
    wfe,
};
use crate::plan::duration;

/// What is limited besides endpoints: the names in orders, by registered domain.
const NAMES: &str = "names";
/// All endpoints together.
const EVERY: &str = "*";
/// Below so many records, full buckets are not looked for.
const MIN_PURGE: usize = 1024;

/// One limit, written `ENDPOINT:COUNT/TIME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// An endpoint, [`EVERY`] or [`NAMES`].
    what: &'static str,
    count: u32,
    time: Duration,
}

impl FromStr for Limit {
    type Err = String;

    /// Reads `new-order:100/1m` or `names:50/7d`.
    fn from_str(text: &str) -> Result<Self, String> {
        let unclear = || {
            format!(
                "`{text}` is no limit; write ENDPOINT:COUNT/TIME, such as new-order:100/1m, \
                 *:COUNT/TIME for all requests, or names:COUNT/TIME for the names of each \
                 registered domain"
            )
        };
        let (what, rate) = text.split_once(':').ok_or_else(unclear)?;
        let (count, time) = rate.split_once('/').ok_or_else(unclear)?;
        let what = match what {
            NAMES => NAMES,
            EVERY => EVERY,
            name => wfe::endpoint(name)?,
        };
        let count = count.parse().ok().filter(|count| *count > 0).ok_or_else(unclear)?;
        let time = duration::parse(time)?;
        if time.is_zero() {
            return Err(unclear());
        }
        Ok(Self { what, count, time })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, count, time } = self;
        write!(f, "{what}:{count}/{}", humantime::format_duration(*time))
    }
}

/// Whom or what a limit counts for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Account(u64),
    Address(IpAddr),
    Domain(String),
}

/// All limits, with what was counted so far.
pub(super) struct Limits {
    meters: Vec<Meter>,
}

impl Limits {
    pub(super) fn new(limits: &[Limit]) -> Self {
        Self { meters: limits.iter().cloned().map(Meter::new).collect() }
    }

    /// Counts a request of `subject` to `endpoint`, unless there are too many.
    pub(super) fn admit(
        &self,
        endpoint: &str,
        subject: impl Fn() -> Subject,
    ) -> Result<(), Problem> {
        let concerns = |meter: &&Meter| [endpoint, EVERY].contains(&meter.limit.what);
        let concerned = self.meters.iter().filter(concerns);
        concerned.into_iter().try_for_each(|meter| meter.admit(subject(), Instant::now()))
    }

    /// Counts the names that are ordered, each for its registered domain; all or none.
    pub(super) fn admit_names(&self, identifiers: &[Identifier]) -> Result<(), Problem> {
        let mut counted: Vec<(&Meter, Subject)> = Vec::new();
        for meter in self.meters.iter().filter(|meter| meter.limit.what == NAMES) {
            for identifier in identifiers {
                let domain = registered_domain(&identifier.base_name()).to_owned();
                let subject = Subject::Domain(domain);
                if let Err(problem) = meter.admit(subject.clone(), Instant::now()) {
                    for (meter, subject) in &counted {
                        meter.give_back(subject);
                    }
                    return Err(problem);
                }
                counted.push((meter, subject));
            }
        }
        Ok(())
    }
}

struct Meter {
    limit: Limit,
    start: Instant,
    /// When each subject's bucket is full again, in nanoseconds since `start`.
    full_at_ns: DashMap<Subject, u64, ahash::RandomState>,
    purge_at: AtomicUsize,
}

impl Meter {
    fn new(limit: Limit) -> Self {
        let purge_at = AtomicUsize::new(MIN_PURGE);
        Self { limit, start: Instant::now(), full_at_ns: DashMap::default(), purge_at }
    }

    fn admit(&self, subject: Subject, now: Instant) -> Result<(), Problem> {
        let now_ns = nanoseconds(now.saturating_duration_since(self.start));
        let window_ns = nanoseconds(self.limit.time);
        self.purge(now_ns);
        let mut full_at_ns = self.full_at_ns.entry(subject).or_insert(now_ns);
        let next_ns = (*full_at_ns).max(now_ns) + self.cost_ns();
        match next_ns.checked_sub(now_ns + window_ns) {
            None | Some(0) => {
                *full_at_ns = next_ns;
                Ok(())
            }
            Some(too_early_ns) => Err(self.refusal(Duration::from_nanos(too_early_ns))),
        }
    }

    /// Takes back that one was counted.
    fn give_back(&self, subject: &Subject) {
        if let Some(mut full_at_ns) = self.full_at_ns.get_mut(subject) {
            *full_at_ns = full_at_ns.saturating_sub(self.cost_ns());
        }
    }

    /// How much later each that is counted makes a bucket full.
    fn cost_ns(&self) -> u64 {
        nanoseconds(self.limit.time) / u64::from(self.limit.count)
    }

    fn refusal(&self, wait: Duration) -> Problem {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let detail = format!("the limit {} is reached; try again in {seconds} s", self.limit);
        Problem::new(ErrorType::RateLimited, detail)
            .with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Forgets full buckets whenever there are twice as many records as after the last time.
    fn purge(&self, now_ns: u64) {
        let purge_at = self.purge_at.load(Ordering::Relaxed);
        if self.full_at_ns.len() < purge_at {
            return;
        }
        self.full_at_ns.retain(|_, full_at_ns| *full_at_ns > now_ns);
        self.purge_at.store(MIN_PURGE.max(2 * self.full_at_ns.len()), Ordering::Relaxed);
    }
}

/// 584 years fit.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

/// The last two labels: which suffixes are public is not known here, and test names have one.
fn registered_domain(name: &str) -> &str {
    match name.rmatch_indices('.').nth(1) {
        Some((dot, _)) if name.parse::<IpAddr>().is_err() => &name[dot + 1..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(texts: &[&str]) -> Limits {
        let limits: Vec<Limit> = texts.iter().map(|text| text.parse().expect(text)).collect();
        Limits::new(&limits)
    }

    #[test]
    fn reads_limits() {
        let written = |text: &str| text.parse::<Limit>().map(|limit| limit.to_string());
        assert_eq!(written("new-order:100/1m"), Ok("new-order:100/1m".to_owned()));
        assert_eq!(written("names:50/7d"), Ok("names:50/7days".to_owned()));
        assert_eq!(written("*:1/1m"), Ok("*:1/1m".to_owned()));
        for text in ["", "new-order", "new-order:5", "new-order:0/1m", "x:1/1m", "names:1/0"] {
            assert!(written(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_for_all_counts_all_together() {
        let limits = limits(&["*:2/1h"]);
        let admit = |endpoint, account| limits.admit(endpoint, || Subject::Account(account));
        assert_eq!((admit("new-order", 1), admit("authz", 1)), (Ok(()), Ok(())));
        assert!(admit("order", 1).is_err());
        assert_eq!(admit("order", 2), Ok(()), "another's is full");
        assert_eq!(limits.admit_names(&[Identifier::Dns("a.com".to_owned())]), Ok(()));
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let meter = Meter::new("order:3/30".parse().expect("a limit"));
        let at = |seconds| meter.start + Duration::from_secs(seconds);
        let admit = |account, seconds| meter.admit(Subject::Account(account), at(seconds));
        for _ in 0..3 {
            assert_eq!(admit(1, 100), Ok(()));
        }
        let problem = admit(1, 104).expect_err("it is empty");
        assert_eq!(problem.status, 429);
        assert_eq!(problem.headers, [(RETRY_AFTER, HeaderValue::from_static("6"))]);
        assert_eq!(admit(2, 104), Ok(()), "another's is full");
        assert_eq!(admit(1, 110), Ok(()), "refusals cost nothing");
        assert!(admit(1, 110).is_err());
        for _ in 0..3 {
            assert_eq!(admit(1, 200), Ok(()));
        }
        assert!(admit(1, 200).is_err());
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let meter = Meter::new("order:1/1s".parse().expect("a limit"));
        let now = Instant::now();
        let count = MIN_PURGE as u64;
        for account in 0..count {
            meter.admit(Subject::Account(account), now).expect("its first");
        }
        assert_eq!(meter.full_at_ns.len(), MIN_PURGE);
        let later = now + Duration::from_secs(5);
        meter.admit(Subject::Account(count), later).expect("its first");
        assert_eq!(meter.full_at_ns.len(), 1);
    }

    #[test]
    fn names_count_for_their_domains() {
        let limits = limits(&["names:2/1h"]);
        let names = |names: &[&str]| {
            let dns = |name: &&str| Identifier::Dns((*name).to_owned());
            limits.admit_names(&names.iter().map(dns).collect::<Vec<_>>())
        };
        assert_eq!(names(&["a.com", "*.b.com"]), Ok(()));
        assert_eq!(names(&["x.y.b.com"]), Ok(()));
        assert!(names(&["b.com"]).is_err());
        assert!(names(&["a.com", "b.com"]).is_err());
        assert_eq!(names(&["a.com"]), Ok(()), "what was refused does not count");
        assert!(names(&["a.com"]).is_err());
        assert_eq!(registered_domain("127.0.0.1"), "127.0.0.1");
    }
}
