//! The clock of the open model, of one shard: deals out the chains that are due.

use std::future::pending;
use std::time::{Duration, Instant};

use crate::attacker::ground::Ground;
use crate::attacker::mix::Pick;
use crate::attacker::orders::Phase;
use crate::attacker::seat::Start;
use crate::plan::run_plan::RunPlan;
use crate::profile::Schedule;
use crate::scheduler::herd::Herd;
use crate::scheduler::shard::ShardPlace;

/// Starts of which this shard has every so-manieth.
pub(super) struct Clock {
    schedule: Schedule,
    /// The number of the next start, and how far it is to the one after it.
    next: u64,
    step: u64,
    /// When starts end, since the scenario began, whatever the schedule says.
    until: Option<Duration>,
}

impl Clock {
    /// That of the shard at `place`; none in the closed model.
    pub(super) fn of(plan: &RunPlan, place: ShardPlace) -> Option<Self> {
        let scenario = &plan.scenarios[place.scenario];
        let ends = scenario.ends(plan.duration);
        scenario.profile.is_open().then(|| Self {
            schedule: scenario.profile.schedule(),
            next: place.index as u64,
            step: scenario.shards as u64,
            until: ends.map(|ends| ends.saturating_sub(scenario.start_after)),
        })
    }

    /// When the next start is due, in a scenario that began at `began`.
    fn due(&self, began: Instant) -> Option<Instant> {
        let at = self.schedule.start(self.next)?;
        self.until.is_none_or(|until| at < until).then(|| began + at)
    }

    /// Waits until a start is due.
    pub(super) async fn tick(&self, ground: &Ground) {
        match ground.orders.get().began.and_then(|began| self.due(began)) {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => pending().await,
        }
    }

    /// Deals out what is due. A start that finds no free attacker, or no chain that can run, is
    /// dropped: it is counted, and never made up for.
    pub(super) fn deal(&mut self, ground: &Ground, herd: &Herd) {
        let orders = ground.orders.get();
        let Some(began) = orders.began.filter(|_| orders.phase == Phase::Run) else { return };
        let now = Instant::now();
        while let Some(scheduled) = self.due(began).filter(|due| *due <= now) {
            if !ground.tickets.take() {
                return;
            }
            // Picked by the number of the start: which attacker is free is chance.
            let pick = ground.mix.pick(0, self.next);
            self.next += self.step;
            let dealt = match pick {
                Pick::Chain(chain) => herd.deal(Start { chain, scheduled }),
                Pick::NoneReady(_) => false,
                Pick::NoneLeft => return ground.tickets.withdraw(),
            };
            if !dealt {
                let chain = if let Pick::Chain(chain) = pick { chain } else { 0 };
                ground.context.recorder.borrow_mut().dropped_chain(ground.place(chain));
            }
        }
    }
}
