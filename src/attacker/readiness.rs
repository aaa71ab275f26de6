//! Which scripts can run now, by the word of their `ready()`; shared by all shards.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::watch;

/// Which scripts of a run can be started now.
#[derive(Debug)]
pub struct Readiness {
    scripts: Vec<Standing>,
    /// How often an answer differed from the one before: cheap to compare before each pick.
    changes: AtomicU64,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct Standing {
    /// Whether it has a `ready()`; without one it is always ready.
    asked: bool,
    answered: AtomicBool,
    ready: AtomicBool,
    /// When it said yes for the first time.
    first: OnceLock<Instant>,
}

impl Readiness {
    /// Of scripts that have a `ready()`, or not; those that have are not ready before they say so.
    pub fn new(asked: impl IntoIterator<Item = bool>) -> Self {
        let standing = |asked| Standing {
            asked,
            answered: AtomicBool::new(!asked),
            ready: AtomicBool::new(!asked),
            first: OnceLock::new(),
        };
        Self {
            scripts: asked.into_iter().map(standing).collect(),
            changes: AtomicU64::new(0),
            changed: watch::Sender::new(0),
        }
    }

    /// The scripts that are to be asked.
    pub fn asked(&self) -> impl Iterator<Item = usize> {
        let asked = self.scripts.iter().enumerate().filter(|(_, script)| script.asked);
        asked.map(|(script, _)| script)
    }

    /// What `script` said; it counts until it says something else.
    pub fn answer(&self, script: usize, ready: bool) {
        let standing = &self.scripts[script];
        standing.answered.store(true, Ordering::Relaxed);
        if ready {
            standing.first.get_or_init(Instant::now);
        }
        if standing.ready.swap(ready, Ordering::Release) != ready {
            let changes = self.changes.fetch_add(1, Ordering::Release) + 1;
            self.changed.send_replace(changes);
        }
    }

    /// Whether `script` can be started.
    pub fn is_ready(&self, script: usize) -> bool {
        self.scripts[script].ready.load(Ordering::Acquire)
    }

    /// Whether every script that is asked has answered.
    pub fn all_answered(&self) -> bool {
        self.scripts.iter().all(|script| script.answered.load(Ordering::Relaxed))
    }

    /// When `script` was ready first, of those that are asked.
    pub fn first_ready(&self, script: usize) -> Option<Instant> {
        self.scripts[script].first.get().copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_are_asked_have_to_say_so() {
        let readiness = Readiness::new([false, true, true]);
        assert_eq!(readiness.asked().collect::<Vec<_>>(), [1, 2]);
        let ready = || [0, 1, 2].map(|script| readiness.is_ready(script));
        assert_eq!(ready(), [true, false, false]);
        readiness.answer(1, true);
        assert_eq!(ready(), [true, true, false]);
        assert!(!readiness.all_answered());
        readiness.answer(2, false);
        assert!(readiness.all_answered());
        let first = readiness.first_ready(1).expect("it was");
        readiness.answer(1, false);
        readiness.answer(1, true);
        assert_eq!(readiness.first_ready(1), Some(first));
        assert_eq!(readiness.first_ready(2), None);
    }

    #[tokio::test]
    async fn only_another_answer_is_a_change() {
        let readiness = Readiness::new([true]);
        let seen = readiness.changes();
        readiness.answer(0, false);
        assert_eq!(readiness.changes(), seen);
        readiness.answer(0, true);
        readiness.changed_since(seen).await;
        assert_ne!(readiness.changes(), seen);
    }
}
