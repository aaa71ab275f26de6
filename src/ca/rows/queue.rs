//! Changes on their way from requests to the database.

use std::{
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{Change, reserved::Reserved};

/// How far the database may fall behind before requests wait for it. A change is about a kilobyte.
const MAX_PENDING: u64 = 20_000;
/// How long changes gather before they are written, unless somebody waits for them. What an order goes
/// through meanwhile is one row.
const LINGER: Duration = Duration::from_millis(100);

/// Changes in the order in which they happened.
pub(in crate::ca) struct Queue {
    /// Whether answers wait until what they tell of is in the database.
    is_sync: bool,
    state: Mutex<State>,
    /// Wakes the writer.
    wanted: Condvar,
    /// Wakes those who wait in [`Self::flush`].
    written: Condvar,
    full: AtomicBool,
    /// Wakes requests.
    room: Notify,
    /// Wakes answers.
    told: Notify,
    reserved: Reserved,
}

#[derive(Default)]
struct State {
    changes: Vec<Change>,
    /// How many there have been, and how many of them are in the database.
    enqueued: u64,
    written: u64,
    /// The writer has nothing to do.
    idle: bool,
    /// Somebody waits in [`Queue::flush`].
    urgent: bool,
    end: Option<End>,
    /// When [`End::Within`] is over.
    deadline: Option<Instant>,
}

/// How the queue ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// What is left is nobody's business any more.
    Discard,
    /// What is left is tried for this long.
    Within(Duration),
}

impl Queue {
    /// An empty one; `reserved` is the first id that is not reserved in the database.
    pub(super) fn new(is_sync: bool, reserved: u64) -> Self {
        Self {
            is_sync,
            state: Mutex::default(),
            wanted: Condvar::new(),
            written: Condvar::new(),
            full: AtomicBool::new(false),
            room: Notify::new(),
            told: Notify::new(),
            reserved: Reserved::new(reserved),
        }
    }

    /// Whether answers wait until what they tell of is in the database.
    pub(super) const fn is_sync(&self) -> bool {
        self.is_sync
    }

    pub(in crate::ca) fn push(&self, change: Change) {
        self.push_locked(self.lock(), change);
    }

    /// Reserves more ids when few are left after `id`, which is about to be given to something.
    pub(in crate::ca) fn reserve_beyond(&self, id: u64) {
        if !self.reserved.is_short(id) {
            return;
        }
        let state = self.lock();
        // Under the lock, so that of two reservations the greater one is written last.
        if self.reserved.is_short(id) {
            let end = self.reserved.ask(id);
            self.push_locked(state, Change::Reserved(end));
        }
    }

    fn push_locked(&self, mut state: MutexGuard<'_, State>, change: Change) {
        state.changes.push(change);
        state.enqueued += 1;
        if state.enqueued - state.written >= MAX_PENDING {
            self.full.store(true, Ordering::Relaxed);
        }
        if mem::take(&mut state.idle) {
            drop(state);
            self.wanted.notify_one();
        }
    }

    /// Returns at once, unless the database has fallen far behind: then once it has caught up.
    pub(in crate::ca) async fn room(&self) {
        while self.full.load(Ordering::Relaxed) {
            let notified = self.room.notified();
            // Only now, or the wake-up in between would be missed.
            if self.full.load(Ordering::Relaxed) {
                notified.await;
            }
        }
    }

    /// Returns once a client may be told of what has happened so far: when the ids below `next_id` are
    /// reserved and, with `--store-sync`, all that was pushed before is in the database.
    pub(in crate::ca) async fn kept(&self, next_id: u64) {
        let target = if self.is_sync { self.hurry() } else { None };
        loop {
            let told = self.told.notified();
            // Only now, or the wake-up in between would be missed.
            let is_written = target.is_none_or(|target| self.lock().written >= target);
            if is_written && self.reserved.covers(next_id) {
                return;
            }
            told.await;
        }
    }

    /// Has what was pushed before written at once; `None` if it is already.
    fn hurry(&self) -> Option<u64> {
        let mut state = self.lock();
        if state.written == state.enqueued {
            return None;
        }
        let (target, is_news) = (state.enqueued, !mem::replace(&mut state.urgent, true));
        drop(state);
        if is_news {
            self.wanted.notify_one();
        }
        Some(target)
    }

    /// Waits until all that was pushed before is in the database; false if it is not by `timeout`.
    pub(in crate::ca) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        let target = state.enqueued;
        let deadline = Instant::now() + timeout;
        while state.written < target {
            state.urgent = true;
            self.wanted.notify_one();
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return false };
            state = wait(&self.written, state, left);
        }
        true
    }

    /// The changes to write next; `None` when there will be no more.
    pub(super) fn take(&self) -> Option<Vec<Change>> {
        let mut state = self.lock();
        while state.changes.is_empty() && state.end.is_none() {
            state.idle = true;
            state = self.wanted.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let until = Instant::now() + LINGER;
        while !state.urgent && state.end.is_none() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            state = wait(&self.wanted, state, left);
        }
        state.urgent = false;
        let discarded = matches!(state.end, Some(End::Discard));
        let changes = mem::take(&mut state.changes);
        (!discarded && !changes.is_empty()).then_some(changes)
    }

    /// Says that `changes`, which were taken, are in the database.
    pub(super) fn done(&self, changes: &[Change]) {
        let reserved = changes.iter().rev().find_map(|change| match change {
            Change::Reserved(end) => Some(*end),
            _ => None,
        });
        if let Some(end) = reserved {
            self.reserved.keep(end);
        }
        let mut state = self.lock();
        state.written += changes.len() as u64;
        let full = state.enqueued - state.written >= MAX_PENDING;
        self.full.store(full, Ordering::Relaxed);
        drop(state);
        self.written.notify_all();
        self.told.notify_waiters();
        if !full {
            self.room.notify_waiters();
        }
    }

    /// Waits for `pause`; false if there is no point in trying again.
    pub(super) fn try_again_after(&self, pause: Duration) -> bool {
        let mut state = self.lock();
        let until = Instant::now() + pause;
        loop {
            let now = Instant::now();
            match state.end {
                Some(End::Discard) => return false,
                Some(End::Within(_)) if state.deadline.is_none_or(|end| end <= now) => {
                    return false;
                }
                _ if until <= now => return true,
                _ => state = wait(&self.wanted, state, until - now),
            }
        }
    }

    /// How many changes are not in the database.
    pub(super) fn pending(&self) -> usize {
        let state = self.lock();
        (state.enqueued - state.written) as usize
    }

    /// No change comes any more.
    pub(super) fn close(&self, end: End) {
        let mut state = self.lock();
        if let (None, End::Within(time)) = (state.end, end) {
            state.deadline = Some(Instant::now() + time);
        }
        state.end = Some(end);
        drop(state);
        self.wanted.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Numbers and a list that grows by whole entries are right even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'s>(
    condition: &Condvar,
    state: MutexGuard<'s, State>,
    left: Duration,
) -> MutexGuard<'s, State> {
    condition.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use super::*;
    use crate::ca::{model::test_order, rows::reserved::BLOCK};

    fn change() -> Change {
        Change::Order(Arc::new(test_order(1, 1)))
    }

    #[test]
    fn a_flush_waits_for_what_came_before() {
        let queue = Queue::new(false, 100);
        assert!(queue.flush(Duration::ZERO), "nothing to wait for");
        queue.push(change());
        assert!(!queue.flush(Duration::from_millis(1)), "nobody writes");
        thread::scope(|scope| {
            scope.spawn(|| {
                let changes = queue.take().expect("a change");
                queue.done(&changes);
            });
            assert!(queue.flush(Duration::from_secs(10)));
        });
        queue.close(End::Discard);
        assert!(queue.take().is_none());
    }

    #[test]
    fn what_is_left_is_taken_before_the_end() {
        let queue = Queue::new(false, 100);
        queue.push(change());
        queue.close(End::Within(Duration::ZERO));
        assert_eq!(queue.take().map(|changes| changes.len()), Some(1));
        assert_eq!(queue.pending(), 1);
        assert!(!queue.try_again_after(Duration::from_secs(10)));
        assert!(queue.take().is_none());
    }

    #[tokio::test]
    async fn requests_wait_for_a_database_that_falls_behind() {
        let queue = Queue::new(false, 100);
        (0..MAX_PENDING).for_each(|_| queue.push(change()));
        let wait = |time| tokio::time::timeout(Duration::from_millis(time), queue.room());
        assert!(wait(10).await.is_err());
        let (waited, ()) = tokio::join!(wait(10_000), async { queue.done(&[change()]) });
        assert!(waited.is_ok());
    }

    /// Whether an answer that names ids below `next_id` can be given at once.
    async fn is_kept(queue: &Queue, next_id: u64) -> bool {
        tokio::time::timeout(Duration::from_millis(10), queue.kept(next_id)).await.is_ok()
    }

    #[tokio::test]
    async fn answers_wait_for_what_they_tell_of_only_where_they_should() {
        let (behind, sync) = (Queue::new(false, 100), Queue::new(true, 100));
        behind.push(change());
        sync.push(change());
        assert!(is_kept(&behind, 1).await && !is_kept(&sync, 1).await);
        let changes = sync.take().expect("a change, without a pause: somebody waits for it");
        sync.push(change());
        let (kept, ()) = tokio::join!(is_kept(&sync, 1), async { sync.done(&changes) });
        assert!(!kept, "there is one more by now");
        let changes = sync.take().expect("a change");
        let (kept, ()) = tokio::join!(is_kept(&sync, 1), async { sync.done(&changes) });
        assert!(kept);
    }

    #[tokio::test]
    async fn no_id_is_told_before_it_is_reserved() {
        let queue = Queue::new(false, 1 + 2 * BLOCK);
        queue.reserve_beyond(BLOCK);
        assert_eq!(queue.pending(), 0, "enough are left");
        (0..3).for_each(|more| queue.reserve_beyond(BLOCK + 1 + more));
        assert_eq!(queue.pending(), 1, "once is enough");
        assert!(is_kept(&queue, 1 + 2 * BLOCK).await && !is_kept(&queue, 2 + 2 * BLOCK).await);
        let changes = queue.take().expect("a change");
        assert!(matches!(changes[..], [Change::Reserved(end)] if end == 1 + 3 * BLOCK));
        queue.done(&changes);
        assert!(is_kept(&queue, 1 + 3 * BLOCK).await);
    }
}
