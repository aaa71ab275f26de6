//! The ways from the shards to the sinks that take each event: one queue for each sink.
//!
//! Handing over never blocks a shard's thread. What bounds a queue is that attackers wait for room in
//! it before they send another request ([`Outlets::room`]), while their shard goes on with its timers,
//! sockets and whoever waits for an answer. A sink that may lose events has no one wait for it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::event::Batch;

/// How many batches a queue may hold: some 16,000 events, or 4 MB.
const MOST_BATCHES: usize = 64;
/// A queue that was full has room again when no more than this is left in it, so that attackers go on
/// for a while instead of being woken for each batch.
const ROOM_AGAIN: usize = MOST_BATCHES / 2;

/// What a sink's thread is sent.
#[derive(Debug)]
pub enum Delivery {
    /// What happened.
    Events(Arc<Batch>),
    /// Nothing comes after this.
    End,
}

/// All ways out of the shards of one run; empty when no sink takes each event.
#[derive(Debug, Default)]
pub struct Outlets {
    list: Vec<Outlet>,
    shards: AtomicU32,
}

impl Outlets {
    /// These ones.
    pub fn new(list: Vec<Outlet>) -> Self {
        Self { list, shards: AtomicU32::new(0) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Hands a batch to every sink.
    pub fn offer(&self, batch: Batch) {
        let batch = Arc::new(batch);
        for outlet in &self.list {
            outlet.offer(&batch);
        }
    }

    /// Tells every sink that nothing follows.
    pub fn end(&self) {
        for outlet in &self.list {
            // A sink whose thread has gone needs no word of it.
            let _ = outlet.sender.send(Delivery::End);
        }
    }

    /// Waits until every queue has room; at once if it has, which costs one look at each.
    pub async fn room(&self) {
        for outlet in &self.list {
            outlet.queue.room().await;
        }
    }

    /// A number for another shard.
    pub(super) fn next_shard(&self) -> u32 {
        self.shards.fetch_add(1, Ordering::Relaxed)
    }
}

/// The shards' end of one sink's queue.
#[derive(Debug)]
pub struct Outlet {
    sender: Sender<Delivery>,
    queue: Arc<Queue>,
}

/// The sink's end of its queue.
#[derive(Debug)]
pub struct Inlet {
    /// Where its events come from.
    pub deliveries: Receiver<Delivery>,
    /// To be told of each batch that is done with.
    pub queue: Arc<Queue>,
}

impl Outlet {
    /// A queue to a sink that gets every event, or, if it is `lossy`, those that it has time for.
    pub fn new(lossy: bool) -> (Self, Inlet) {
        let (sender, deliveries) = mpsc::channel();
        let queue = Arc::new(Queue { lossy, ..Queue::default() });
        (Self { sender, queue: Arc::clone(&queue) }, Inlet { deliveries, queue })
    }

    fn offer(&self, batch: &Arc<Batch>) {
        if self.queue.admit(batch.len()) {
            // A sink whose thread has gone gets nothing, and said so.
            let _ = self.sender.send(Delivery::Events(Arc::clone(batch)));
        }
    }
}

/// How much is on its way to one sink.
#[derive(Debug, Default)]
pub struct Queue {
    lossy: bool,
    batches: AtomicUsize,
    /// Whether it was full and has not had room again.
    full: AtomicBool,
    hold: Mutex<Hold>,
    has_room: Notify,
    dropped: AtomicU64,
}

/// How long attackers had to wait.
#[derive(Debug, Default)]
struct Hold {
    since: Option<Instant>,
    total: Duration,
}

impl Queue {
    /// A batch of so many events is about to be sent; false if it must not be.
    fn admit(&self, events: usize) -> bool {
        let waiting = self.batches.fetch_add(1, Ordering::SeqCst) + 1;
        if waiting < MOST_BATCHES {
            return true;
        }
        if self.lossy {
            self.batches.fetch_sub(1, Ordering::SeqCst);
            self.dropped.fetch_add(events as u64, Ordering::Relaxed);
            return false;
        }
        let mut hold = self.hold();
        // If more than this is still there, `done` is yet to be called for what empties it.
        if self.batches.load(Ordering::SeqCst) > ROOM_AGAIN
            && !self.full.swap(true, Ordering::SeqCst)
        {
            hold.since = Some(Instant::now());
        }
        true
    }

    /// The sink is done with a batch.
    pub fn done(&self) {
        let left = self.batches.fetch_sub(1, Ordering::SeqCst) - 1;
        if left <= ROOM_AGAIN && self.full.load(Ordering::SeqCst) {
            let mut hold = self.hold();
            if self.full.swap(false, Ordering::SeqCst)
                && let Some(since) = hold.since.take()
            {
                hold.total += since.elapsed();
            }
            self.has_room.notify_waiters();
        }
    }

    /// For how long it held attackers up.
    pub fn held_up(&self) -> Duration {
        let hold = self.hold();
        hold.total + hold.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Events that were left out because the sink could not keep up.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    async fn room(&self) {
        while self.full.load(Ordering::Relaxed) {
            let woken = self.has_room.notified();
            let mut woken = std::pin::pin!(woken);
            // From here on no call of `done` is missed.
            woken.as_mut().enable();
            if self.full.load(Ordering::SeqCst) {
                woken.await;
            }
        }
    }

    fn hold(&self) -> MutexGuard<'_, Hold> {
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Event;

    fn offer(outlets: &Outlets, batches: usize) {
        for _ in 0..batches {
            outlets.offer(vec![Event::Attackers { shard: 0, now: 1 }; 10]);
        }
    }

    /// Whether a chain could send its request now.
    fn has_room(outlets: &Outlets) -> bool {
        let mut room = std::pin::pin!(outlets.room());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        room.as_mut().poll(&mut cx).is_ready()
    }

    #[test]
    fn a_full_queue_loses_nothing_but_has_attackers_wait() {
        let (outlet, inlet) = Outlet::new(false);
        let outlets = Outlets::new(vec![outlet]);
        offer(&outlets, MOST_BATCHES - 1);
        assert!(has_room(&outlets));
        assert_eq!(inlet.queue.held_up(), Duration::ZERO);
        offer(&outlets, 11);
        assert!(!has_room(&outlets));
        std::thread::sleep(Duration::from_millis(2));
        for _ in 0..MOST_BATCHES + 10 - ROOM_AGAIN {
            assert!(!has_room(&outlets));
            inlet.queue.done();
        }
        assert!(has_room(&outlets));
        let held_up = inlet.queue.held_up();
        assert!(held_up >= Duration::from_millis(2));
        assert_eq!(inlet.queue.held_up(), held_up, "it goes on only while attackers wait");
        assert_eq!(inlet.deliveries.try_iter().count(), MOST_BATCHES + 10);
        assert_eq!(inlet.queue.dropped(), 0);
    }

    #[test]
    fn who_waits_for_room_is_woken() {
        let (outlet, inlet) = Outlet::new(false);
        let outlets = Outlets::new(vec![outlet]);
        offer(&outlets, MOST_BATCHES);
        let sink = std::thread::spawn(move || {
            for _ in inlet.deliveries.iter().take(MOST_BATCHES) {
                std::thread::sleep(Duration::from_micros(100));
                inlet.queue.done();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let waited = runtime.expect("a runtime").block_on(async {
            let all = futures_util::future::join_all((0..100).map(|_| outlets.room()));
            tokio::time::timeout(Duration::from_secs(20), all).await
        });
        waited.expect("all are woken");
        sink.join().expect("it does not panic");
    }

    #[test]
    fn a_lossy_sink_has_no_one_wait() {
        let (outlet, inlet) = Outlet::new(true);
        let outlets = Outlets::new(vec![outlet]);
        offer(&outlets, MOST_BATCHES + 5);
        assert!(has_room(&outlets));
        assert_eq!(inlet.queue.dropped(), 60);
        assert_eq!(inlet.deliveries.try_iter().count(), MOST_BATCHES - 1);
    }

    #[test]
    fn the_end_comes_last() {
        let (outlet, inlet) = Outlet::new(false);
        let outlets = Outlets::new(vec![outlet]);
        offer(&outlets, 1);
        outlets.end();
        let deliveries: Vec<_> = inlet.deliveries.try_iter().collect();
        assert!(matches!(deliveries[..], [Delivery::Events(_), Delivery::End]));
    }
}
