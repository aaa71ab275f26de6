//! Asks scripts whether they are ready. One shard does it for all.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rhai::{Dynamic, Map};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::attacker::context::Attacker;
use crate::attacker::ground::{ChainScript, Ground};
use crate::attacker::life::run_in_fiber;
use crate::attacker::mix::Pick;
use crate::attacker::orders::Phase;
use crate::attacker::readiness::Readiness;
use crate::attacker::running::Bell;
use crate::host::convert::type_word;
use crate::record::sample::Place;
use crate::script::failure::{ChainEnd, Failure};
use crate::sink::human::printable;

/// How often a script is asked.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Each script's `ready()` is asked by a task and an attacker of its own, so that one which takes long
/// holds up no other.
pub(super) struct Inquiry {
    askers: Vec<(Rc<Bell>, JoinHandle<()>)>,
}

impl Inquiry {
    /// Begins to ask; called where tasks can be started.
    pub(super) fn start(ground: &Rc<Ground>, readiness: Option<&Arc<Readiness>>) -> Self {
        let Some(readiness) = readiness else { return Self { askers: Vec::new() } };
        let told = Rc::new(Cell::new(false));
        let start = |script: usize| {
            let bell = Rc::new(Bell::default());
            let asker = Asker {
                ground: Rc::clone(ground),
                readiness: Arc::clone(readiness),
                script,
                attacker: lone_attacker(ground, script),
                bell: Rc::clone(&bell),
                none_ready_told: Rc::clone(&told),
            };
            (bell, tokio::task::spawn_local(asker.ask()))
        };
        Self { askers: readiness.asked().map(start).collect() }
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
    Rc::new(Attacker { id, state: Map::new().into(), headers, client: None })
}

/// Asks one script.
struct Asker {
    ground: Rc<Ground>,
    readiness: Arc<Readiness>,
    script: usize,
    attacker: Rc<Attacker>,
    bell: Rc<Bell>,
    none_ready_told: Rc<Cell<bool>>,
}

impl Asker {
    async fn ask(self) {
        let mut failure_told = false;
        for number in 0.. {
            if self.bell.is_stopped() || self.ground.orders.get().phase != Phase::Run {
                return;
            }
            let next = Instant::now() + ASK_EVERY;
            let answer = self.answer(number).await;
            if self.bell.is_stopped() {
                return;
            }
            if let Err(why) = &answer
                && !failure_told
            {
                failure_told = true;
                let name = &self.script().options.name;
                let told = format!("{name} is not ready: its ready() failed: {}", printable(why));
                self.ground.notes.borrow_mut().push(told);
            }
            self.readiness.answer(self.script, answer.unwrap_or(false));
            self.tell_if_none_is_ready();
            self.rest_until(next).await;
        }
    }

    async fn answer(&self, number: u64) -> Result<bool, String> {
        let (ground, script) = (&self.ground, self.script());
        let own = |chain: &Rc<crate::attacker::ground::Chain>| Rc::ptr_eq(&chain.script, script);
        let chain = ground.chains.iter().position(own).unwrap_or(0) as u16;
        let place = Place { chain, scenario: 0, stage: ground.orders.get().stage };
        let call = |script: &ChainScript| script.script.eval("ready", ());
        let called =
            run_in_fiber(ground, &self.attacker, &self.bell, script, place, number, call).await;
        read(called)
    }

    fn script(&self) -> &Rc<ChainScript> {
        &self.ground.scripts[self.script]
    }

    fn tell_if_none_is_ready(&self) {
        let none = matches!(self.ground.mix.pick(0, 0), Pick::NoneReady(_));
        if none && self.readiness.all_answered() && !self.none_ready_told.replace(true) {
            let told = "no script is ready; attackers wait until one is";
            self.ground.notes.borrow_mut().push(told.to_owned());
        }
    }

    async fn rest_until(&self, moment: Instant) {
        let mut sleep = pin!(tokio::time::sleep_until(moment));
        poll_fn(|cx| {
            self.bell.attend(cx);
            if self.bell.is_stopped() { Poll::Ready(()) } else { sleep.as_mut().poll(cx) }
        })
        .await;
    }
}

/// What a `ready()` that was called said, or why it said nothing.
fn read(called: Result<Result<Dynamic, ChainEnd>, Failure>) -> Result<bool, String> {
    match called {
        Ok(Ok(value)) => value.as_bool().map_err(|_| {
            format!("it returned {}, which is neither true nor false", type_word(&value))
        }),
        Ok(Err(ChainEnd::Failed(failure) | ChainEnd::NotOffered(failure))) | Err(failure) => {
            Err(failure.describe())
        }
        Ok(Err(ChainEnd::Succeeded | ChainEnd::Stopped)) => Err("it gave no answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_and_false_are_answers() {
        assert_eq!(read(Ok(Ok(true.into()))), Ok(true));
        assert_eq!(read(Ok(Ok(false.into()))), Ok(false));
        let told = read(Ok(Ok(1_i64.into()))).expect_err("no answer");
        assert_eq!(told, "it returned integer, which is neither true nor false");
        let failure = Failure::new("no such table");
        assert_eq!(read(Ok(Err(ChainEnd::Failed(failure)))), Err("no such table".to_owned()));
        assert!(read(Ok(Err(ChainEnd::Succeeded))).is_err());
    }
}
