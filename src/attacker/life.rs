//! An attacker's life: chains, one after another, until it is no longer wanted.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use http::HeaderMap;

use crate::attacker::context::{Attacker, ChainContext};
use crate::attacker::fiber::Fiber;
use crate::attacker::ground::{Chain, ChainBody, ChainScript, Ground, fail_pause};
use crate::attacker::mix::Pick;
use crate::attacker::panics;
use crate::attacker::running::{Bell, RunningChain};
use crate::attacker::seat::{Seat, Start};
use crate::net::client::Client;
use crate::plan::expectation::Answer;
use crate::plan::settings::Connections;
use crate::record::event::{ChainEvent, ChainOutcome, Event, Origin};
use crate::record::sample::Place;
use crate::script::failure::{Blame, ChainEnd, Failure};

/// A chain that an attacker runs.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Which one.
    pub chain: usize,
    /// How many this attacker ran before.
    pub number: u64,
    /// When it should have begun, in the open model.
    pub scheduled: Option<Instant>,
}

/// Runs chains as attacker `id` until the orders no longer want it or the tickets are gone. With a
/// `seat` the clock says when.
pub async fn live(
    ground: Rc<Ground>,
    id: u32,
    bell: Rc<Bell>,
    seat: Option<Rc<Seat>>,
    headers: Arc<HeaderMap>,
) {
    let attacker = match born(&ground, id, headers) {
        Ok(attacker) => Rc::new(attacker),
        Err(error) => return give_up(&ground, id, &error.message),
    };
    match seat {
        Some(seat) => on_the_clock(&ground, &attacker, &bell, &seat).await,
        None => one_after_another(&ground, &attacker, &bell).await,
    }
}

/// The open model: chains begin when they are due. Pauses between them would only keep an attacker
/// from being free.
async fn on_the_clock(
    ground: &Rc<Ground>,
    attacker: &Rc<Attacker>,
    bell: &Rc<Bell>,
    seat: &Rc<Seat>,
) {
    for number in 0.. {
        let next = seat.next(attacker.id, &ground.free, &ground.orders).await;
        let Some(Start { chain, scheduled }) = next else { return };
        let turn = Turn { chain, number, scheduled: Some(scheduled) };
        if run_chain(ground, attacker, bell, turn).await.0 == ChainEnd::Stopped {
            return;
        }
        // A chain that never waits must not keep the shard to itself.
        tokio::task::coop::consume_budget().await;
    }
}

/// The closed model: a chain begins when the last one has ended.
async fn one_after_another(ground: &Rc<Ground>, attacker: &Rc<Attacker>, bell: &Rc<Bell>) {
    let id = attacker.id;
    let mut failures_in_a_row = 0;
    let mut number = 0;
    loop {
        // Who waits for a chain has no ticket, so that others can use it.
        if !ground.orders.get().wants(id) || ground.tickets.are_gone() {
            return;
        }
        let index = match ground.mix.pick(id, number) {
            Pick::Chain(index) => index,
            Pick::NoneReady(seen) => {
                until_one_is_ready(ground, id, bell, seen).await;
                continue;
            }
            // Nothing that this CA offers is left; that is so for every shard.
            Pick::NoneLeft => return ground.tickets.withdraw(),
        };
        if !ground.tickets.take() {
            return;
        }
        let script = Rc::clone(&ground.chains[index].script);
        let turn = Turn { chain: index, number, scheduled: None };
        let pause = match run_chain(ground, attacker, bell, turn).await.0 {
            ChainEnd::Succeeded => {
                failures_in_a_row = 0;
                script.options.pause
            }
            ChainEnd::Failed(_) => {
                failures_in_a_row += 1;
                let pause = fail_pause(script.options.fail_pause, failures_in_a_row);
                pause.max(script.options.pause)
            }
            ChainEnd::NotOffered(_) => Duration::ZERO,
            ChainEnd::Stopped => return,
        };
        number += 1;
        rest(ground, id, bell, pause).await;
    }
}

fn born(
    ground: &Ground,
    id: u32,
    headers: Arc<HeaderMap>,
) -> Result<Attacker, crate::net::error::NetError> {
    let (shard, settings) = (&ground.context, &ground.context.settings);
    let source = settings.source_of(id, 0);
    let client = match (settings.connections, source) {
        (Connections::Attacker, _) => Some(Client::new(&shard.client_options, source)?),
        (Connections::Shared, Some(source)) => Some(shard.client_from(source)?),
        (Connections::Shared, None) | (Connections::Chain, _) => None,
    };
    Ok(Attacker { client, ..Attacker::new(id, headers) })
}

/// Without its HTTP client an attacker can do nothing; that is counted as one failed chain.
fn give_up(ground: &Ground, id: u32, message: &str) {
    let origin = Origin { attacker: id, place: ground.place(0) };
    let outcome = ChainOutcome::Failed(message.into());
    record(ground, ChainEvent { origin, started: Instant::now(), took: Duration::ZERO, outcome });
}

/// Runs one chain and records how it ended, which it returns with the answer that a case had.
pub async fn run_chain(
    ground: &Rc<Ground>,
    attacker: &Rc<Attacker>,
    bell: &Rc<Bell>,
    Turn { chain: index, number, scheduled }: Turn,
) -> (ChainEnd, Option<Answer>) {
    room(ground, bell).await;
    let place = ground.place(index);
    let started = Instant::now();
    let chain = Rc::clone(&ground.chains[index]);
    let called = Rc::clone(&chain);
    let body = move |_: &ChainScript| called.run();
    let run = run_in_fiber(ground, attacker, bell, &chain.script, place, number, body).await;
    let (end, answer) = run.unwrap_or_else(|failure| (ChainEnd::Failed(failure), None));
    let took = started.elapsed();
    let outcome = match &end {
        ChainEnd::Succeeded => ChainOutcome::Succeeded,
        ChainEnd::Failed(failure) => ChainOutcome::Failed(told(&chain, failure).into()),
        ChainEnd::NotOffered(_) => {
            ground.context.recorder.borrow_mut().not_offered(place);
            ground.mix.take_out(index);
            ChainOutcome::Uncounted
        }
        ChainEnd::Stopped => {
            ground.interrupted.set(ground.interrupted.get() + 1);
            ChainOutcome::Uncounted
        }
    };
    if let (Some(scheduled), false) = (scheduled, outcome == ChainOutcome::Uncounted) {
        let delay = started.saturating_duration_since(scheduled);
        ground.context.recorder.borrow_mut().behind_schedule(place, delay, took);
    }
    let origin = Origin { attacker: attacker.id, place };
    record(ground, ChainEvent { origin, started, took, outcome });
    (end, answer)
}

/// Why a chain failed. Cases fail in the same few words, so these say which one did.
fn told(chain: &Chain, failure: &Failure) -> String {
    match (&chain.body, failure.blame) {
        (ChainBody::Case(_), Blame::Asked) => format!("{}: {}", chain.name, failure.describe()),
        (ChainBody::Case(_), Blame::Asking) => {
            format!("{}: error: {}", chain.name, failure.describe())
        }
        (ChainBody::Function { .. }, _) => failure.describe(),
    }
}

/// A chain ended.
fn record(ground: &Ground, event: ChainEvent) {
    let mut recorder = ground.context.recorder.borrow_mut();
    match &event.outcome {
        ChainOutcome::Succeeded => recorder.chain(event.origin.place, event.took, None),
        ChainOutcome::Failed(why) => recorder.chain(event.origin.place, event.took, Some(why)),
        ChainOutcome::Uncounted => {}
    }
    if let Some(tap) = recorder.tap() {
        tap.take(Event::Chain(event));
    }
}

/// Waits until the sinks have room for what a chain will do; whoever stops the attacker ends it.
async fn room(ground: &Ground, bell: &Bell) {
    let mut room = pin!(ground.context.outlets.room());
    poll_fn(|cx| match room.as_mut().poll(cx) {
        Poll::Pending if !bell.is_stopped() => {
            bell.attend(cx);
            Poll::Pending
        }
        _ => Poll::Ready(()),
    })
    .await;
}

/// Runs `body` with `script` where it can wait: on a fiber, in the context of a chain.
///
/// # Errors
/// When there is no stack or HTTP client for it, or when it panics.
pub async fn run_in_fiber<T: 'static>(
    ground: &Rc<Ground>,
    attacker: &Rc<Attacker>,
    bell: &Rc<Bell>,
    script: &Rc<ChainScript>,
    place: Place,
    number: u64,
    body: impl FnOnce(&ChainScript) -> T + 'static,
) -> Result<T, Failure> {
    let settings = &ground.context.settings;
    let own_client = settings.connections == Connections::Chain;
    let source = settings.source_of(attacker.id, number);
    let client = own_client
        .then(|| Client::new(&ground.context.client_options, source))
        .transpose()
        .map_err(|error| Failure::of_asking(error.message))?;
    let folder = script.script.folder();
    let columns = script.columns();
    let context =
        ChainContext::new(&ground.context, attacker, place, number, folder, columns, client);
    let called = Rc::clone(script);
    let run = move || body(&called);
    let fiber = Fiber::new(&ground.stacks, script.options.limits.cpu, run).map_err(|error| {
        let live = ground.stacks.live();
        Failure::of_asking(format!(
            "no stack for another running chain ({live} are in use on this shard): {error}; \
             raise vm.max_map_count (sysctl) or run fewer attackers"
        ))
    })?;
    RunningChain::new(fiber, context, Rc::clone(bell))
        .await
        .map_err(|payload| crate::script::failure::panicked(payload.as_ref(), panics::take_last()))
}

/// Waits, without a stack, until another script is ready, or the attacker is no longer wanted.
async fn until_one_is_ready(ground: &Ground, id: u32, bell: &Bell, seen: u64) {
    let Some(readiness) = &ground.readiness else { return };
    let mut change = pin!(readiness.changed_since(seen));
    poll_fn(|cx| {
        bell.attend(cx);
        if ground.orders.get().wants(id) { change.as_mut().poll(cx) } else { Poll::Ready(()) }
    })
    .await;
    rest(ground, id, bell, turn(id - ground.orders.get().first)).await;
}

/// When the attacker of this number in its scenario goes on after all have waited: at the pace at which
/// attackers are started, for ten thousand first requests at once would measure the CA's listen queue.
fn turn(number: u32) -> Duration {
    Duration::from_micros(200).saturating_mul(number).min(Duration::from_secs(2))
}

/// Pauses between chains, without a stack; ends early when the attacker is no longer wanted.
async fn rest(ground: &Ground, id: u32, bell: &Bell, pause: Duration) {
    if pause.is_zero() {
        // A chain that never waits must not keep the shard to itself.
        return tokio::task::coop::consume_budget().await;
    }
    let mut sleep = pin!(tokio::time::sleep(pause));
    poll_fn(|cx| {
        bell.attend(cx);
        if ground.orders.get().wants(id) { sleep.as_mut().poll(cx) } else { Poll::Ready(()) }
    })
    .await;
}
