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
    /// As they were told last, of this shard.
    attackers: u32,
}

impl Tap {
    /// Nothing yet.
    pub fn new(outlets: Arc<Outlets>) -> Self {
        Self { outlets, batch: Vec::with_capacity(BATCH_EVENTS), attackers: 0 }
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
        let change = i64::from(now) - i64::from(self.attackers);
        self.attackers = now;
        self.batch.push(Event::Attackers(self.outlets.attackers(change)));
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
        let events: Vec<_> = (0..BATCH_EVENTS as u32 + 3).map(Event::Attackers).collect();
        for event in &events {
            tap.take(event.clone());
        }
        let first = batches(&inlet);
        assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH_EVENTS]);
        drop(tap);
        assert_eq!([first, batches(&inlet)].concat().concat(), events);
    }

    #[test]
    fn attackers_of_all_shards_are_added_up() {
        let (outlets, inlet) = tapped();
        let (mut one, mut other) = (Tap::new(Arc::clone(&outlets)), Tap::new(outlets));
        for (tap, now) in [(&mut one, 3), (&mut other, 4)] {
            tap.second(now);
        }
        one.second(5);
        other.second(0);
        one.second(0);
        let told: Vec<_> = [3, 7, 9, 5, 0].map(Event::Attackers).to_vec();
        assert_eq!(batches(&inlet).concat(), told);
    }
}
