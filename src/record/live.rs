//! What a run has measured so far, for those who ask while it goes on.
//!
//! Each shard's figures are its own: it tells them when it is asked, between two things that it does, and
//! once more at its end. Nobody who asks costs nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::snapshot::Snapshot;
use super::totals::Totals;

/// For how long shards are waited for: one that is busier than that is told as it was.
const PATIENCE: Duration = Duration::from_secs(3);

/// Answers as if to every question that is ever asked.
const FOR_GOOD: u64 = u64::MAX;

/// The way from the shards of one run to whoever asks.
#[derive(Debug, Default)]
pub struct Live {
    /// The number of the last question.
    asked: watch::Sender<u64>,
    slots: watch::Sender<Vec<Slot>>,
}

/// The last that one shard told.
#[derive(Debug, Clone, Default)]
struct Slot {
    /// The question that it answers.
    answers: u64,
    snapshot: Option<Arc<Snapshot>>,
}

impl Live {
    /// A run with so many shards begins.
    pub fn begin(&self, shards: usize) {
        self.slots.send_replace(vec![Slot::default(); shards]);
    }

    /// What all shards have measured: now, or at their end. Before the run begins there is nothing.
    pub async fn ask(&self) -> Vec<Arc<Snapshot>> {
        self.ask_within(PATIENCE).await
    }

    async fn ask_within(&self, patience: Duration) -> Vec<Arc<Snapshot>> {
        self.asked.send_modify(|number| *number += 1);
        let number = *self.asked.borrow();
        let mut slots = self.slots.subscribe();
        let answered = slots.wait_for(|slots| slots.iter().all(|slot| slot.answers >= number));
        // Neither is a reason to tell nothing: a shard that is late, and a sender that is `self`'s.
        let _ = tokio::time::timeout(patience, answered).await;
        self.slots.borrow().iter().filter_map(|slot| slot.snapshot.clone()).collect()
    }

    /// The end of shard `index`, which is asked at once: somebody may be waiting.
    pub fn shard(self: &Arc<Self>, index: usize) -> LiveShard {
        let mut asked = self.asked.subscribe();
        asked.mark_changed();
        LiveShard { live: Arc::clone(self), index, asked }
    }
}

/// One shard's end.
#[derive(Debug)]
pub struct LiveShard {
    live: Arc<Live>,
    index: usize,
    asked: watch::Receiver<u64>,
}

impl LiveShard {
    /// Waits until somebody asks.
    pub async fn asked(&mut self) {
        if self.asked.changed().await.is_err() {
            // Nobody ever will.
            std::future::pending::<()>().await;
        }
    }

    /// Answers all who have asked by now.
    pub fn tell(&self, totals: &Totals) {
        let number = *self.asked.borrow();
        self.answer(number, totals);
    }

    /// Nothing more will be measured.
    pub fn end(self, totals: &Totals) {
        self.answer(FOR_GOOD, totals);
    }

    fn answer(&self, answers: u64, totals: &Totals) {
        let snapshot = Some(Arc::new(Snapshot::of(totals)));
        self.live.slots.send_modify(|slots| slots[self.index] = Slot { answers, snapshot });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixture::totals;

    #[tokio::test]
    async fn shards_answer_when_they_are_asked_and_stay_known() {
        let live = Arc::new(Live::default());
        assert!(live.ask().await.is_empty());
        live.begin(2);
        let (mut one, two) = (live.shard(0), live.shard(1));
        two.end(&totals());
        one.asked().await;
        one.tell(&totals());
        let asking = tokio::spawn({
            let live = Arc::clone(&live);
            async move { live.ask().await.len() }
        });
        one.asked().await;
        assert!(!asking.is_finished(), "the first answer was to an older question");
        one.tell(&totals());
        assert_eq!(asking.await.expect("no panic"), 2);
        one.end(&totals());
        assert_eq!(live.ask().await.len(), 2);
    }

    #[tokio::test]
    async fn a_busy_shard_is_not_waited_for_for_long() {
        let live = Arc::new(Live::default());
        live.begin(2);
        let (one, _busy) = (live.shard(0), live.shard(1));
        one.end(&totals());
        assert_eq!(live.ask_within(Duration::from_millis(20)).await.len(), 1);
    }
}
