//! One scenario as it is conducted: what its shards are told, and how far it has come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::attacker::ground::Measured;
use crate::attacker::orders::{Orders, Phase, Tickets};
use crate::error::Fatal;
use crate::plan::run_plan::RunPlan;
use crate::plan::scenario::Scenario;
use crate::profile::Moment;
use crate::record::summarise::StageWindow;
use crate::scheduler::report::{Report, ScenarioTick};

/// What shards get to end their chains when they are told to stop.
const STOP_GRACE: Duration = Duration::from_millis(900);

/// What a shard leaves; nothing if its thread died.
pub(super) type ShardEnd = Result<Result<Measured, Fatal>, oneshot::error::RecvError>;

/// One scenario of a run.
pub(super) struct Lane {
    plan: Arc<RunPlan>,
    /// Which one it is.
    number: usize,
    pub(super) tickets: Arc<Tickets>,
    orders: watch::Sender<Orders>,
    /// When it must be looked at again.
    change: Option<Instant>,
    /// By shard, its attackers and requests in flight.
    latest: Vec<(u32, u32)>,
    /// By shard, the attackers that the open model has needed.
    hired: Vec<u32>,
    /// When its stages were begun, since the start of the run.
    stage_starts: Vec<Duration>,
    /// When no more chains were started.
    drained: Option<Instant>,
    shards_left: usize,
    /// When it was over, since the start of the run.
    over: Option<Duration>,
    given_up: bool,
}

impl Lane {
    /// Scenario `number` of `plan`, which has not begun.
    pub(super) fn new(plan: &Arc<RunPlan>, number: usize, tickets: Tickets) -> Self {
        let shards = plan.scenarios[number].shards;
        Self {
            plan: Arc::clone(plan),
            number,
            tickets: Arc::new(tickets),
            orders: watch::Sender::new(Orders::NONE),
            change: None,
            latest: vec![(0, 0); shards],
            hired: vec![0; shards],
            stage_starts: Vec::new(),
            drained: None,
            shards_left: shards,
            over: None,
            given_up: false,
        }
    }

    fn scenario(&self) -> &Scenario {
        &self.plan.scenarios[self.number]
    }

    /// Where its shards hear their orders.
    pub(super) fn hears(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }

    /// How far it has come.
    pub(super) fn phase(&self) -> Phase {
        self.orders.borrow().phase
    }

    /// Whether its shards have ended, or were given up.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// Whether shards did not stop in time.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// When it wants to be looked at again.
    pub(super) fn change(&self) -> Option<Instant> {
        self.change.filter(|_| !self.is_over())
    }

    /// Does what is due in a run that began at `start`.
    pub(super) fn step(&mut self, start: Instant) {
        match self.phase() {
            Phase::Run => self.advance(start),
            Phase::Drain => self.stop(),
            Phase::Stop => {
                self.given_up = true;
                self.over = Some(start.elapsed());
            }
        }
    }

    /// Has the shards do what the profile wants now.
    fn advance(&mut self, start: Instant) {
        let (elapsed, scenario) = (start.elapsed(), self.scenario());
        let (after, is_open) = (scenario.start_after, scenario.profile.is_open());
        let ends = scenario.ends(self.plan.duration);
        // The clock of the open model begins by itself, and on time: it is told beforehand.
        let (since, begun) = (elapsed.saturating_sub(after), elapsed >= after);
        let moment = scenario.profile.at(since);
        let Moment::Run { stage, attackers, until } = moment else { return self.drain() };
        if ends.is_some_and(|ends| elapsed >= ends) {
            return self.drain();
        }
        let first_stage = self.plan.first_stage(self.number);
        let wanted = if begun || is_open { attackers } else { 0 };
        self.orders.send_replace(Orders {
            first: self.plan.first_attacker(self.number),
            attackers: wanted,
            began: Some(start + after),
            stage: (first_stage + stage) as u16,
            phase: Phase::Run,
        });
        let next = if begun { until.map(|until| after + until) } else { Some(after) };
        self.change = next.into_iter().chain(ends).min().map(|next| start + next);
        while begun && self.stage_starts.len() <= stage {
            self.stage_starts.push(elapsed);
        }
    }

    /// Starts no more chains; running ones get `--stop-timeout` to end.
    pub(super) fn drain(&mut self) {
        self.orders.send_modify(|orders| orders.phase = Phase::Drain);
        let drained = *self.drained.get_or_insert_with(Instant::now);
        self.change = Some(drained + self.plan.stop_timeout);
    }

    /// Stops running chains; those that do not are given up.
    pub(super) fn stop(&mut self) {
        self.orders.send_modify(|orders| orders.phase = Phase::Stop);
        self.change = Some(Instant::now() + STOP_GRACE);
    }

    /// Takes what one of its shards told.
    pub(super) fn hear(&mut self, report: &Report) {
        self.latest[report.place.index] = (report.attackers, report.in_flight);
        self.hired[report.place.index] = report.hired;
    }

    /// One of its shards has ended, `elapsed` after the start of the run.
    pub(super) fn shard_ended(&mut self, elapsed: Duration) {
        self.shards_left -= 1;
        if self.shards_left == 0 {
            self.over.get_or_insert(elapsed);
        }
    }

    /// How many attackers are wanted now; in the open model, how many there have been.
    pub(super) fn attackers(&self) -> u32 {
        match (self.is_over(), self.scenario().profile.is_open()) {
            (true, _) => 0,
            (false, true) => self.hired.iter().sum(),
            (false, false) => {
                let orders = *self.orders.borrow();
                if orders.phase == Phase::Run { orders.attackers } else { 0 }
            }
        }
    }

    /// Its attackers alive, and their requests in flight.
    pub(super) fn alive(&self) -> (u32, u32) {
        let latest = self.latest.iter();
        latest.fold((0, 0), |(attackers, in_flight), one| (attackers + one.0, in_flight + one.1))
    }

    /// What it does now.
    pub(super) fn tick(&self) -> ScenarioTick {
        ScenarioTick {
            stage: self.stage_starts.len().checked_sub(1),
            attackers: self.alive().0,
            is_over: self.is_over(),
        }
    }

    /// The stages that it has reached, `now` after the start of the run.
    pub(super) fn stages(&self, now: Duration) -> Vec<StageWindow> {
        let first_stage = self.plan.first_stage(self.number) as u16;
        let ended = self.over.unwrap_or(now);
        StageWindow::of(self.number as u16, first_stage, &self.stage_starts, ended)
    }

    /// When no more chains were started, if that has come.
    pub(super) fn drained(&self) -> Option<Instant> {
        self.drained
    }

    /// When it was over, since the start of the run.
    pub(super) fn over(&self) -> Option<Duration> {
        self.over
    }
}
