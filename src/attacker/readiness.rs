//! Which scripts can run now, by the word of their `ready()`; shared by all shards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::script::failure::Failure;

/// What helps when nothing can run.
pub const NONE_READY_HINT: &str = "none of the given scripts can run until something creates what it \
     waits for: give one beside them that needs nothing, such as scripts/new_account.rhai";

/// What a `ready()` came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The script can run.
    Ready,
    /// It cannot.
    NotReady,
    /// It threw, or returned neither true nor false; then it is not ready.
    Failed(Failure),
}

impl From<bool> for Answer {
    fn from(ready: bool) -> Self {
        if ready { Self::Ready } else { Self::NotReady }
    }
}

/// A time in which a `ready()` failed whenever it was asked.
#[derive(Debug, Clone)]
pub struct Failing {
    /// Its first failure.
    pub since: Instant,
    /// When it answered again.
    pub until: Option<Instant>,
    /// Its latest failure.
    pub failure: Failure,
}

/// What is known of a script.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// When it was asked what it has not answered yet.
    pub asked_at: Option<Instant>,
    /// Whether it has answered or failed once, or is not asked at all.
    pub answered: bool,
    /// When it said yes for the first time.
    pub first_ready: Option<Instant>,
    /// The last time in which it failed, which may be now.
    pub failing: Option<Failing>,
    /// How long it failed before that.
    failed_before: Duration,
}

impl Standing {
    /// Why it fails now, if it does.
    pub fn fails(&self) -> Option<&Failing> {
        self.failing.as_ref().filter(|failing| failing.until.is_none())
    }

    /// How long it could not be asked, all in all, until `end`.
    pub fn failed_for(&self, end: Instant) -> Duration {
        let last = self.failing.as_ref().map_or(Duration::ZERO, |failing| {
            failing.until.unwrap_or(end).saturating_duration_since(failing.since)
        });
        self.failed_before + last
    }

    fn failed(&mut self, failure: Failure, at: Instant) {
        match &mut self.failing {
            Some(failing) if failing.until.is_none() => failing.failure = failure,
            _ => {
                self.failed_before = self.failed_for(at);
                self.failing = Some(Failing { since: at, until: None, failure });
            }
        }
    }
}

/// Which scripts of a run can be started now.
#[derive(Debug)]
pub struct Readiness {
    scripts: Vec<Script>,
    /// How often an answer differed from the one before: cheap to compare before each pick.
    changes: AtomicU64,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Script {
    /// Whether it has a `ready()`; without one it is always ready.
    asked: bool,
    /// Apart from the rest, for it is read before each chain.
    ready: AtomicBool,
    standing: Mutex<Standing>,
}

impl Script {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readiness {
    /// Of scripts that have a `ready()`, or not; those that have are not ready before they say so.
    pub fn new(asked: impl IntoIterator<Item = bool>) -> Self {
        let script = |asked: bool| Script {
            asked,
            ready: AtomicBool::new(!asked),
            standing: Mutex::new(Standing { answered: !asked, ..Standing::default() }),
        };
        Self {
            scripts: asked.into_iter().map(script).collect(),
            changes: AtomicU64::new(0),
            changed: watch::Sender::new(0),
        }
    }

    /// The scripts that are to be asked.
    pub fn asked(&self) -> impl Iterator<Item = usize> {
        let asked = self.scripts.iter().enumerate().filter(|(_, script)| script.asked);
        asked.map(|(script, _)| script)
    }

    /// `script` was asked.
    pub fn ask(&self, script: usize, at: Instant) {
        self.scripts[script].standing().asked_at = Some(at);
    }

    /// What `script` said; it counts until it says something else.
    pub fn answer(&self, script: usize, answer: Answer, at: Instant) {
        let script = &self.scripts[script];
        let ready = answer == Answer::Ready;
        let mut standing = script.standing();
        standing.asked_at = None;
        standing.answered = true;
        if ready {
            standing.first_ready.get_or_insert(at);
        }
        match (answer, &mut standing.failing) {
            (Answer::Failed(failure), _) => standing.failed(failure, at),
            (_, Some(failing)) => _ = failing.until.get_or_insert(at),
            (_, None) => {}
        }
        drop(standing);
        if script.ready.swap(ready, Ordering::Release) != ready {
            let changes = self.changes.fetch_add(1, Ordering::Release) + 1;
            self.changed.send_replace(changes);
        }
    }

    /// Whether `script` can be started.
    pub fn is_ready(&self, script: usize) -> bool {
        self.scripts[script].ready.load(Ordering::Acquire)
    }

    /// What is known of `script`.
    pub fn standing(&self, script: usize) -> Standing {
        self.scripts[script].standing().clone()
    }

    /// Whether every script that is asked has answered.
    pub fn all_answered(&self) -> bool {
        self.scripts.iter().all(|script| script.standing().answered)
    }

    /// Whether `script` is asked at all.
    pub fn is_asked(&self, script: usize) -> bool {
        self.scripts[script].asked
    }

    /// A number that differs whenever an answer did.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Waits until [`Readiness::changes`] is no longer `seen`.
    pub async fn changed_since(&self, seen: u64) {
        let mut changed = self.changed.subscribe();
        // The sender lives as long as this does.
        let _ = changed.wait_for(|changes| *changes != seen).await;
    }
}

/// `failures` of scripts, grouped by what caused them; the first of each group stands for all.
pub fn by_cause<T>(failures: impl IntoIterator<Item = (T, Failure)>) -> Vec<(Vec<T>, Failure)> {
    let mut groups: Vec<(Vec<T>, Failure)> = Vec::new();
    for (script, failure) in failures {
        match groups.iter_mut().find(|(_, known)| known.has_cause_of(&failure)) {
            Some((scripts, _)) => scripts.push(script),
            None => groups.push((vec![script], failure)),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_are_asked_have_to_say_so() {
        let (readiness, now) = (Readiness::new([false, true, true]), Instant::now());
        assert_eq!(readiness.asked().collect::<Vec<_>>(), [1, 2]);
        let ready = || [0, 1, 2].map(|script| readiness.is_ready(script));
        assert_eq!(ready(), [true, false, false]);
        readiness.answer(1, Answer::Ready, now);
        assert_eq!(ready(), [true, true, false]);
        assert!(!readiness.all_answered());
        readiness.answer(2, Answer::NotReady, now);
        assert!(readiness.all_answered());
        readiness.answer(1, Answer::NotReady, now + Duration::from_secs(1));
        readiness.answer(1, Answer::Ready, now + Duration::from_secs(2));
        assert_eq!(readiness.standing(1).first_ready, Some(now));
        assert_eq!(readiness.standing(2).first_ready, None);
    }

    #[test]
    fn the_time_of_all_failures_is_kept() {
        let (readiness, start) = (Readiness::new([true]), Instant::now());
        let at = |second| start + Duration::from_secs(second);
        let fail = |why, second| {
            readiness.answer(0, Answer::Failed(Failure::new(why)), at(second));
        };
        readiness.answer(0, Answer::Ready, at(0));
        fail("refused", 1);
        fail("gone", 2);
        assert!(!readiness.is_ready(0));
        let standing = readiness.standing(0);
        let failing = standing.fails().expect("it fails");
        assert_eq!((failing.since, failing.failure.message.as_str()), (at(1), "gone"));
        assert_eq!(standing.failed_for(at(3)), Duration::from_secs(2));
        readiness.answer(0, Answer::Ready, at(4));
        readiness.answer(0, Answer::Ready, at(5));
        assert!(readiness.standing(0).fails().is_none());
        fail("refused", 10);
        assert_eq!(readiness.standing(0).failed_for(at(12)), Duration::from_secs(5));
    }

    #[test]
    fn failures_of_one_cause_are_one_group() {
        let kind = Some("connect".to_owned());
        let refused = |message| Failure { kind: kind.clone(), ..Failure::new(message) };
        let groups = by_cause([
            (0, refused("cannot reach A in `SELECT 1`")),
            (1, Failure::new("odd")),
            (2, refused("cannot reach A in `SELECT 2`")),
            (3, Failure::new("even")),
            (4, Failure::new("odd")),
        ]);
        let scripts: Vec<_> = groups.iter().map(|(scripts, _)| scripts.clone()).collect();
        assert_eq!(scripts, [vec![0, 2], vec![1, 4], vec![3]]);
        assert_eq!(groups[0].1.message, "cannot reach A in `SELECT 1`");
    }

    #[tokio::test]
    async fn only_another_answer_is_a_change() {
        let (readiness, now) = (Readiness::new([true]), Instant::now());
        let seen = readiness.changes();
        readiness.answer(0, Answer::NotReady, now);
        assert_eq!(readiness.changes(), seen);
        readiness.answer(0, Answer::Ready, now);
        readiness.changed_since(seen).await;
        assert_ne!(readiness.changes(), seen);
    }
}
