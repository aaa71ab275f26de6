//! Collects the events of one shard and hands them to the sinks in batches.

use std::sync::Arc;

use super::event::{Batch, Event};
use super::outlet::Outlets;

/// How many events are handed over at once.
const BATCH_EVENTS: usize = 256;

/// One shard's events. There is one only if a sink wants them.
#[derive(Debug)]
pub struct Tap {
    outlets: Arc<Outlets>,
    batch: Batch,
    shard: u32,
}

impl Tap {
    /// Nothing yet.
    pub fn new(outlets: Arc<Outlets>) -> Self {
        let shard = outlets.next_shard();
        Self { outlets, batch: Vec::with_capacity(BATCH_EVENTS), shard }
    }

    /// Something happened.
    pub fn take(&mut self, event: Event) {
        self.batch.push(event);
        if self.batch.len() >= BATCH_EVENTS {
            self.hand_over();
        }
    }

    /// A second has passed, and this shard has `now` attackers. What happened is handed over even if
    /// it is little, so that sinks are never much behind.
    pub fn second(&mut self, now: u32) {
        self.batch.push(Event::Attackers { shard: self.shard, now });
        self.hand_over();
    }

    fn hand_over(&mut self) {
        let next = Vec::with_capacity(BATCH_EVENTS);
        self.outlets.offer(std::mem::replace(&mut self.batch, next));
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if !self.batch.is_empty() {
            self.outlets.offer(std::mem::take(&mut self.batch));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::outlet::{Delivery, Inlet, Outlet};

    fn tapped() -> (Arc<Outlets>, Inlet) {
        let (outlet, inlet) = Outlet::new(false);
        (Arc::new(Outlets::new(vec![outlet])), inlet)
    }

    /// What came, one list a batch.
    fn batches(inlet: &Inlet) -> Vec<Batch> {
        let events = |delivery| match delivery {
            Delivery::Events(batch) => Some(Batch::clone(&batch)),
            Delivery::End => None,
        };
        inlet.deliveries.try_iter().filter_map(events).collect()
    }

    #[test]
    fn events_come_in_order_and_none_stays_behind() {
        let (outlets, inlet) = tapped();
        let mut tap = Tap::new(outlets);
        let events = (0..BATCH_EVENTS as u32 + 3).map(|now| Event::Attackers { shard: 0, now });
        let events: Vec<_> = events.collect();
        for event in &events {
            tap.take(event.clone());
        }
        let first = batches(&inlet);
        assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH_EVENTS]);
        drop(tap);
        assert_eq!([first, batches(&inlet)].concat().concat(), events);
    }

    #[test]
    fn each_second_is_handed_over_at_once_with_its_shard() {
        let (outlets, inlet) = tapped();
        let (mut one, mut other) = (Tap::new(Arc::clone(&outlets)), Tap::new(outlets));
        one.second(3);
        other.second(4);
        one.second(0);
        let told = [(0, 3), (1, 4), (0, 0)].map(|(shard, now)| Event::Attackers { shard, now });
        assert_eq!(batches(&inlet).concat(), told);
    }
}
