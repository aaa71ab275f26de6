//! The attackers of one shard, grown and shrunk as ordered.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderMap;
use tokio::sync::Notify;

use crate::attacker::ground::Ground;
use crate::attacker::life::live;
use crate::attacker::orders::{Orders, Phase};
use crate::attacker::running::Bell;

type Members = Rc<RefCell<HashMap<u32, Rc<Bell>>>>;

/// The attackers of one shard.
pub(super) struct Herd {
    ground: Rc<Ground>,
    /// This shard and all shards: attacker ids are dealt out in turn.
    turn: (u32, u32),
    members: Members,
    emptied: Rc<Notify>,
    common_headers: Arc<HeaderMap>,
}

impl Herd {
    pub(super) fn new(ground: Rc<Ground>, index: usize, shards: usize) -> Self {
        let common_headers = Arc::new(ground.context.settings.headers_of(0));
        let turn = (index as u32, shards as u32);
        let emptied = Rc::new(Notify::new());
        Self { ground, turn, members: Members::default(), emptied, common_headers }
    }

    pub(super) fn size(&self) -> u32 {
        self.members.borrow().len() as u32
    }

    /// Waits until the last attacker has gone.
    pub(super) async fn emptied(&self) {
        while self.size() > 0 {
            self.emptied.notified().await;
        }
    }

    /// Follows new orders: starts attackers that are missing, tells the others to look.
    pub(super) fn follow(&self, orders: Orders) {
        self.ground.orders.set(orders);
        if orders.phase == Phase::Run {
            let (index, shards) = self.turn;
            let ids = (index..orders.attackers).step_by(shards as usize);
            for id in ids {
                if !self.members.borrow().contains_key(&id) {
                    self.spawn(id);
                }
            }
        }
        for bell in self.members.borrow().values() {
            if orders.phase == Phase::Stop {
                bell.stop();
            } else {
                bell.ring();
            }
        }
    }

    fn spawn(&self, id: u32) {
        let settings = &self.ground.context.settings;
        let headers = match settings.headers_differ() {
            true => Arc::new(settings.headers_of(id)),
            false => Arc::clone(&self.common_headers),
        };
        let bell = Rc::new(Bell::default());
        self.members.borrow_mut().insert(id, Rc::clone(&bell));
        let leave = Leave { id, members: Rc::clone(&self.members), emptied: self.emptied.clone() };
        let life = live(Rc::clone(&self.ground), id, bell, headers);
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
