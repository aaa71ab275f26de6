//! The attackers of one shard, grown and shrunk as ordered.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::iter::StepBy;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::Notify;

use crate::attacker::ground::Ground;
use crate::attacker::life::live;
use crate::attacker::orders::{Orders, Phase};
use crate::attacker::running::Bell;
use crate::attacker::seat::{Seat, Start};
use crate::plan::run_plan::RunPlan;
use crate::scheduler::shard::ShardPlace;

/// Attackers started in one go, and the pause after that: 5,000 a second by each shard. Ten thousand
/// first requests in the same millisecond would measure the listen queue of the CA, not the CA.
const START_AT_ONCE: usize = 25;
pub(super) const START_PAUSE: Duration = Duration::from_millis(5);

type Members = Rc<RefCell<HashMap<u32, Rc<Bell>>>>;

/// The attackers of one shard.
pub(super) struct Herd {
    ground: Rc<Ground>,
    /// This shard and all shards of the scenario: attacker ids are dealt out in turn.
    turn: (u32, u32),
    /// Whether attackers are started when a chain is due, and not before (the open model).
    hires: bool,
    /// How many were.
    hired: Cell<u32>,
    members: Members,
    /// Ids that are wanted and may still have to be started.
    pending: RefCell<StepBy<Range<u32>>>,
    emptied: Rc<Notify>,
    common_headers: Arc<HeaderMap>,
}

impl Herd {
    pub(super) fn new(ground: Rc<Ground>, place: ShardPlace, plan: &RunPlan) -> Self {
        let scenario = &plan.scenarios[place.scenario];
        let common_headers = Arc::new(ground.context.settings.headers_of(0));
        let turn = (place.index as u32, scenario.shards as u32);
        let hires = scenario.profile.is_open();
        let emptied = Rc::new(Notify::new());
        let pending = RefCell::new((0..0).step_by(1));
        let hired = Cell::new(0);
        let members = Members::default();
        Self { ground, turn, hires, hired, members, pending, emptied, common_headers }
    }

    pub(super) fn size(&self) -> u32 {
        self.members.borrow().len() as u32
    }

    /// How many attackers were started because a chain was due.
    pub(super) fn hired(&self) -> u32 {
        self.hired.get()
    }

    /// Waits until the last attacker has gone.
    pub(super) async fn emptied(&self) {
        while self.size() > 0 {
            self.emptied.notified().await;
        }
    }

    /// Follows new orders: attackers that are missing become pending, the others are told to look.
    pub(super) fn follow(&self, orders: Orders) {
        self.ground.orders.set(orders);
        let (index, shards) = self.turn;
        let at_once = orders.phase == Phase::Run && !self.hires;
        let mut wanted = if at_once { orders.ids() } else { 0..0 };
        wanted.start += index;
        *self.pending.borrow_mut() = wanted.step_by(shards as usize);
        for bell in self.members.borrow().values() {
            if orders.phase == Phase::Stop {
                bell.stop();
            } else {
                bell.ring();
            }
        }
    }

    /// Starts a few of the attackers that are missing; false when there are none left.
    pub(super) fn start_some(&self) -> bool {
        for _ in 0..START_AT_ONCE {
            let next = {
                let members = self.members.borrow();
                self.pending.borrow_mut().find(|id| !members.contains_key(id))
            };
            match next {
                Some(id) => self.spawn(id, None),
                None => return false,
            }
        }
        true
    }

    /// Has a free attacker run a chain, or another one while there may be more; false when there is
    /// none.
    pub(super) fn deal(&self, start: Start) -> bool {
        if self.ground.free.deal(start) {
            return true;
        }
        let (index, shards) = self.turn;
        let orders = self.ground.orders.get();
        let id = orders.first + index + self.hired.get() * shards;
        let may_be = orders.ids().contains(&id);
        if may_be {
            self.hired.set(self.hired.get() + 1);
            self.spawn(id, Some(start));
        }
        may_be
    }

    fn spawn(&self, id: u32, first: Option<Start>) {
        let settings = &self.ground.context.settings;
        let headers = match settings.headers_differ() {
            true => Arc::new(settings.headers_of(id)),
            false => Arc::clone(&self.common_headers),
        };
        let bell = Rc::new(Bell::default());
        self.members.borrow_mut().insert(id, Rc::clone(&bell));
        let leave = Leave { id, members: Rc::clone(&self.members), emptied: self.emptied.clone() };
        let seat = first.map(|start| Seat::new(&bell, start));
        let life = live(Rc::clone(&self.ground), id, bell, seat, headers);
        tokio::task::spawn_local(async move {
            let _leave = leave;
            life.await;
        });
    }
}

/// Takes an attacker off the list however its task ends.
struct Leave {
    id: u32,
    members: Members,
    emptied: Rc<Notify>,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut members = self.members.borrow_mut();
        members.remove(&self.id);
        if members.is_empty() {
            self.emptied.notify_one();
        }
    }
}
