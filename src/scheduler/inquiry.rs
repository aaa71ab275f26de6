//! Asks scripts whether they are ready. One shard does it for all.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rhai::Dynamic;
use tokio::task::JoinHandle;

use crate::attacker::context::Attacker;
use crate::attacker::fiber::{self, Ended};
use crate::attacker::ground::{Chain, ChainScript, Ground};
use crate::attacker::life::run_in_fiber;
use crate::attacker::mix::Pick;
use crate::attacker::orders::Phase;
use crate::attacker::readiness::{Answer, Readiness};
use crate::attacker::running::Bell;
use crate::host::convert::type_word;
use crate::scheduler::waiting::Waiting;
use crate::script::failure::{ChainEnd, Failure};

/// How often a script is asked.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// What a `ready()` may compute: one that is asked each second must not take all of it.
const COMPUTE_AT_MOST: Duration = Duration::from_millis(500);

/// Each script's `ready()` is asked by a task and an attacker of its own, so that one which takes long
/// holds up no other.
pub(super) struct Inquiry {
    askers: Vec<(Rc<Bell>, JoinHandle<()>)>,
    waiting: Option<RefCell<Waiting>>,
    /// Scripts of which other shards run chains that this one does not.
    elsewhere: Vec<usize>,
}

impl Inquiry {
    /// Begins to ask, if there is anything to ask here; called where tasks can be started. `elsewhere`
    /// are the scripts of which other shards run chains that this one does not.
    pub(super) fn start(
        ground: &Rc<Ground>,
        readiness: Option<&Arc<Readiness>>,
        elsewhere: Vec<usize>,
    ) -> Self {
        let Some(readiness) = readiness else {
            return Self { askers: Vec::new(), waiting: None, elsewhere };
        };
        let start = |script: usize| {
            let bell = Rc::new(Bell::default());
            let asker = Asker {
                ground: Rc::clone(ground),
                readiness: Arc::clone(readiness),
                script,
                attacker: lone_attacker(ground, script),
                bell: Rc::clone(&bell),
            };
            (bell, tokio::task::spawn_local(asker.ask()))
        };
        let names = ground.scripts.iter().map(|script| script.options.name.clone()).collect();
        let waiting = Waiting::new(Arc::clone(readiness), names);
        let askers = readiness.asked().map(start).collect();
        Self { askers, waiting: Some(RefCell::new(waiting)), elsewhere }
    }

    /// Notes what people should know about scripts that cannot run; returns how long that has been so of
    /// all of them.
    pub(super) fn look(&self, ground: &Ground) -> Option<Duration> {
        let mut waiting = self.waiting.as_ref()?.borrow_mut();
        if ground.orders.get().phase != Phase::Run {
            return None;
        }
        let others_wait = || match &ground.readiness {
            Some(readiness) => !self.elsewhere.iter().any(|script| readiness.is_ready(*script)),
            None => true,
        };
        let none_left = matches!(ground.mix.pick(0, 0), Pick::NoneReady(_)) && others_wait();
        let now = Instant::now();
        ground.notes.borrow_mut().extend(waiting.look(none_left, now));
        waiting.none_ready_for(now)
    }

    /// Asks no more, and ends what is being asked.
    pub(super) async fn end(self) {
        for (bell, task) in self.askers {
            bell.stop();
            // One that panicked has ended as well.
            let _ = task.await;
        }
    }
}

/// It is none of those that run chains, so its number is none of theirs.
fn lone_attacker(ground: &Ground, script: usize) -> Rc<Attacker> {
    let id = u32::MAX - script as u32;
    let headers = Arc::new(ground.context.settings.headers_of(id));
    Rc::new(Attacker::new(id, headers))
}

/// Asks one script.
struct Asker {
    ground: Rc<Ground>,
    readiness: Arc<Readiness>,
    script: usize,
    attacker: Rc<Attacker>,
    bell: Rc<Bell>,
}

impl Asker {
    async fn ask(self) {
        for number in 0.. {
            if self.bell.is_stopped() || self.ground.orders.get().phase != Phase::Run {
                return;
            }
            let asked = Instant::now();
            self.readiness.ask(self.script, asked);
            let answer = self.answer(number).await;
            if self.bell.is_stopped() {
                return;
            }
            self.readiness.answer(self.script, answer, Instant::now());
            self.rest_until(asked + ASK_EVERY).await;
        }
    }

    async fn answer(&self, number: u64) -> Answer {
        let (ground, script) = (&self.ground, &self.ground.scripts[self.script]);
        let own = |chain: &Rc<Chain>| Rc::ptr_eq(&chain.script, script);
        let chain = ground.chains.iter().position(own).unwrap_or(0);
        let place = ground.place(chain);
        let (attacker, bell) = (&self.attacker, &self.bell);
        read(run_in_fiber(ground, attacker, bell, script, place, number, call).await)
    }

    async fn rest_until(&self, moment: Instant) {
        let mut sleep = pin!(tokio::time::sleep_until(moment.into()));
        poll_fn(|cx| {
            self.bell.attend(cx);
            if self.bell.is_stopped() { Poll::Ready(()) } else { sleep.as_mut().poll(cx) }
        })
        .await;
    }
}

/// Calls `ready()`; on a fiber.
fn call(script: &ChainScript) -> Result<Dynamic, ChainEnd> {
    fiber::compute_at_most(COMPUTE_AT_MOST);
    let called = script.script.eval("ready", ());
    match (called, fiber::told_to_end()) {
        (Err(ChainEnd::Failed(failure)), Some(Ended::CpuBudget)) => {
            let limit_ms = COMPUTE_AT_MOST.min(script.options.limits.cpu).as_millis();
            let message = format!("it computed for {limit_ms} ms without ending");
            let place = script.script.place_in("ready", failure.place);
            Err(ChainEnd::Failed(Failure { message, place, ..failure }))
        }
        (called, _) => called,
    }
}

/// What a `ready()` that was called said, or why it said nothing.
fn read(called: Result<Result<Dynamic, ChainEnd>, Failure>) -> Answer {
    match called {
        Ok(Ok(value)) => value.as_bool().map_or_else(
            |_| {
                let word = type_word(&value);
                let told = format!("it returned {word}, which is neither true nor false");
                Answer::Failed(Failure::new(told))
            },
            Answer::from,
        ),
        Ok(Err(ChainEnd::Failed(failure) | ChainEnd::NotOffered(failure))) | Err(failure) => {
            Answer::Failed(failure)
        }
        Ok(Err(ChainEnd::Succeeded | ChainEnd::Stopped)) => {
            Answer::Failed(Failure::new("it gave no answer"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_and_false_are_answers() {
        assert_eq!(read(Ok(Ok(true.into()))), Answer::Ready);
        assert_eq!(read(Ok(Ok(false.into()))), Answer::NotReady);
        let told = "it returned integer, which is neither true nor false";
        assert_eq!(read(Ok(Ok(1_i64.into()))), Answer::Failed(Failure::new(told)));
        let failure = Failure::new("no such table");
        let failed = ChainEnd::Failed(failure.clone());
        assert_eq!(read(Ok(Err(failed))), Answer::Failed(failure));
        assert!(matches!(read(Ok(Err(ChainEnd::Succeeded))), Answer::Failed(_)));
    }
}
