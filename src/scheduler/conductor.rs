//! The run loop: one for all profiles. It asks the profile what it wants, tells the shards, shows
//! what happens, and ends the run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::attacker::fiber::STACK_BYTES;
use crate::attacker::ground::Measured;
use crate::attacker::orders::{Orders, Phase, Tickets};
use crate::attacker::readiness::Readiness;
use crate::error::Fatal;
use crate::plan::run_plan::RunPlan;
use crate::profile::Moment;
use crate::record::interval::Interval;
use crate::record::sample::RunLabels;
use crate::record::summarise::StageWindow;
use crate::record::threshold::{Breach, Span, Watch};
use crate::record::totals::Totals;
use crate::scheduler::report::{Report, Tick};
use crate::scheduler::shard::{self, ShardStart};
use crate::scheduler::signals::Signals;
use crate::scheduler::watcher::Watcher;
use crate::script::failure::Failure;

/// What shards get to end their chains when they are told to stop.
const STOP_GRACE: Duration = Duration::from_millis(900);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// By its profile, duration, iterations, a threshold, or a first Ctrl-C.
    Finished,
    /// By a second Ctrl-C.
    Interrupted,
}

/// What came of asking a script whether it is ready.
#[derive(Debug)]
pub struct AskedScript {
    /// Its name.
    pub name: String,
    /// Whether it answered, or failed, at all.
    pub answered: bool,
    /// Whether it ever was ready.
    pub was_ready: bool,
    /// How long its `ready()` failed, all in all.
    pub failed_for: Duration,
    /// How it failed last, if it did.
    pub failure: Option<Failure>,
}

/// What a run leaves.
#[derive(Debug)]
pub struct RunResult {
    /// What was measured.
    pub totals: Totals,
    /// How long it took, the time to end running chains included.
    pub took: Duration,
    /// When each stage was begun, since the start; as many as were reached.
    pub stage_starts: Vec<Duration>,
    /// The largest number of attackers that were wanted at once; in the open model, that there were.
    pub most_attackers: u32,
    /// Chains that a stop ended before they could end themselves.
    pub interrupted: u64,
    /// Requests of those chains that had no answer yet, by endpoint.
    pub cut_off: BTreeMap<String, u64>,
    /// Of each chain, when it could run first, since the start; empty where that is not asked.
    pub eligible: Vec<(String, Option<Duration>)>,
    /// Of each script that is asked whether it is ready, how that went.
    pub asked: Vec<AskedScript>,
    /// How the run ended.
    pub end: RunEnd,
    /// The threshold that ended it, if one did.
    pub ended_by: Option<Breach>,
}

/// Conducts one run.
pub struct Conductor<'a> {
    plan: Arc<RunPlan>,
    tickets: Arc<Tickets>,
    readiness: Option<Arc<Readiness>>,
    watcher: &'a mut dyn Watcher,
    start: Instant,
    /// When no more chains were started.
    drained: Option<Instant>,
    orders: watch::Sender<Orders>,
    latest: Vec<(u32, u32)>,
    /// By shard, the attackers that the open model has needed.
    hired: Vec<u32>,
    none_ready_for: Option<Duration>,
    interval: Interval,
    stage_starts: Vec<Duration>,
    most_attackers: u32,
    labels: Arc<RunLabels>,
    watch: Watch,
    ended_by: Option<Breach>,
    reports: mpsc::UnboundedReceiver<Report>,
}

type Ends = Vec<oneshot::Receiver<Result<Measured, Fatal>>>;

impl<'a> Conductor<'a> {
    /// Runs `start.plan` to its end.
    ///
    /// # Errors
    /// When a shard cannot start.
    pub async fn run(
        start: ShardStart,
        watcher: &'a mut dyn Watcher,
        signals: &mut Signals,
    ) -> Result<RunResult, Fatal> {
        let plan = Arc::clone(&start.plan);
        let (orders, heard) = watch::channel(Orders::NONE);
        let (sender, reports) = mpsc::unbounded_channel();
        let tickets = Arc::clone(&start.tickets);
        let mut conductor = Self {
            latest: vec![(0, 0); plan.shards],
            hired: vec![0; plan.shards],
            none_ready_for: None,
            labels: Arc::new(plan.labels()),
            watch: Watch::new(plan.shards),
            ended_by: None,
            plan,
            tickets,
            readiness: start.readiness.clone(),
            watcher,
            start: Instant::now(),
            drained: None,
            orders,
            interval: Interval::default(),
            stage_starts: Vec::new(),
            most_attackers: 0,
            reports,
        };
        let (readying, mut ready) = mpsc::unbounded_channel();
        let ends = conductor.start_shards(&start, &heard, &sender, &readying)?;
        drop((start, heard, sender, readying));
        // Each shard drops its end when it can begin, or cannot: a run begins with all of them.
        ready.recv().await;
        conductor.start = Instant::now();
        conductor.conduct(ends, signals).await
    }

    fn start_shards(
        &self,
        start: &ShardStart,
        heard: &watch::Receiver<Orders>,
        reports: &mpsc::UnboundedSender<Report>,
        readying: &mpsc::UnboundedSender<Infallible>,
    ) -> Result<Ends, Fatal> {
        let mut ends = Vec::with_capacity(self.plan.shards);
        for index in 0..self.plan.shards {
            let (done, end) = oneshot::channel();
            let (start, heard) = (start.clone(), heard.clone());
            let (reports, readying) = (reports.clone(), readying.clone());
            std::thread::Builder::new()
                .name(format!("shard-{index}"))
                // What attackers remember is dropped here, however deeply a script nested it.
                .stack_size(STACK_BYTES)
                .spawn(move || done.send(shard::run(&start, index, heard, &reports, readying)).ok())
                .map_err(|error| Fatal::setup(format!("cannot start a thread: {error}")))?;
            ends.push(end);
        }
        Ok(ends)
    }

    async fn conduct(mut self, ends: Ends, signals: &mut Signals) -> Result<RunResult, Fatal> {
        let mut ends = std::pin::pin!(futures_util::future::join_all(ends));
        // A little after the shards, whose reports it shows.
        let first = tokio::time::Instant::now() + Duration::from_millis(1_100);
        let mut second = tokio::time::interval_at(first, Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let tickets = Arc::clone(&self.tickets);
        let mut end = RunEnd::Finished;
        let mut phase_until = self.advance();
        let ended = loop {
            let phase = self.orders.borrow().phase;
            tokio::select! {
                ended = &mut ends => break Some(ended),
                () = wait_until(phase_until) => match phase {
                    Phase::Run => phase_until = self.advance(),
                    Phase::Drain => phase_until = Some(self.stop()),
                    Phase::Stop => break None,
                },
                () = tickets.exhausted(), if phase == Phase::Run => phase_until = Some(self.drain()),
                () = signals.next() => match phase {
                    Phase::Run => {
                        self.watcher.note("stopping: running chains may end (Ctrl-C again stops at once)");
                        phase_until = Some(self.drain());
                    }
                    Phase::Drain | Phase::Stop => {
                        end = RunEnd::Interrupted;
                        phase_until = Some(self.stop());
                    }
                },
                Some(report) = self.reports.recv() => self.hear(report),
                _ = second.tick() => {
                    self.tick();
                    if phase == Phase::Run && self.is_breached() {
                        phase_until = Some(self.drain());
                    }
                }
            }
        };
        while let Ok(report) = self.reports.try_recv() {
            self.hear(report);
        }
        self.result(ended, end)
    }

    /// Has the shards do what the profile wants now; returns when that changes.
    fn advance(&mut self) -> Option<Instant> {
        let elapsed = self.start.elapsed();
        let cut = self.plan.duration;
        let Moment::Run { stage, attackers, until } = self.plan.profile.at(elapsed) else {
            return Some(self.drain());
        };
        if cut.is_some_and(|cut| elapsed >= cut) {
            return Some(self.drain());
        }
        while self.stage_starts.len() <= stage {
            self.stage_starts.push(elapsed);
        }
        if !self.plan.profile.is_open() {
            self.most_attackers = self.most_attackers.max(attackers);
        }
        let began = Some(self.start);
        let stage = stage as u16;
        self.orders.send_replace(Orders { attackers, began, stage, phase: Phase::Run });
        let next = match (until, cut) {
            (Some(until), Some(cut)) => Some(until.min(cut)),
            (until, cut) => until.or(cut),
        };
        next.map(|next| self.start + next)
    }

    /// Starts no more chains; returns when running ones are to be stopped.
    fn drain(&mut self) -> Instant {
        self.orders.send_modify(|orders| orders.phase = Phase::Drain);
        *self.drained.get_or_insert_with(Instant::now) + self.plan.stop_timeout
    }

    /// Stops running chains; returns when those that do not are given up.
    fn stop(&mut self) -> Instant {
        self.orders.send_modify(|orders| orders.phase = Phase::Stop);
        Instant::now() + STOP_GRACE
    }

    fn hear(&mut self, report: Report) {
        self.latest[report.shard] = (report.attackers, report.in_flight);
        if report.shard == shard::ASKS {
            self.none_ready_for = report.none_ready_for;
        }
        if self.plan.profile.is_open() {
            self.hired[report.shard] = report.hired;
            self.most_attackers = self.hired.iter().sum();
        }
        self.interval.merge(&report.interval);
        self.watch.hear(report.shard, report.watched);
        for note in report.notes {
            self.watcher.note(&note);
        }
    }

    fn tick(&mut self) {
        let tick = Tick {
            elapsed: self.start.elapsed(),
            stage: usize::from(self.orders.borrow().stage),
            attackers: self.latest.iter().map(|(attackers, _)| attackers).sum(),
            in_flight: self.latest.iter().map(|(_, in_flight)| in_flight).sum(),
            none_ready_for: self.none_ready_for,
            interval: std::mem::take(&mut self.interval),
        };
        self.watcher.tick(tick);
    }

    /// Whether a threshold is breached that ends the run; the watcher is told which.
    fn is_breached(&mut self) -> bool {
        let whole = self.start.elapsed();
        let stages = StageWindow::of(&self.stage_starts, whole);
        let span = Span { whole, stages: &stages, labels: &self.labels };
        self.ended_by = self.watch.breach(&self.plan.thresholds, &span);
        if let Some(breach) = &self.ended_by {
            self.watcher.ended_by(&self.plan.thresholds[breach.threshold], breach);
        }
        self.ended_by.is_some()
    }

    fn result(
        self,
        ended: Option<Vec<Result<Result<Measured, Fatal>, oneshot::error::RecvError>>>,
        end: RunEnd,
    ) -> Result<RunResult, Fatal> {
        let took = self.start.elapsed();
        let mut totals = Totals::new(Arc::clone(&self.labels));
        let mut interrupted = 0;
        let mut cut_off = BTreeMap::new();
        match ended {
            None => self
                .watcher
                .note("a shard did not stop within a second; what it measured is missing below"),
            Some(shards) => {
                for shard in shards {
                    let Ok(shard) = shard else {
                        self.watcher
                            .note("a shard's thread died; what it measured is missing below");
                        continue;
                    };
                    let shard = shard?;
                    totals.merge(&shard.totals);
                    interrupted += shard.interrupted;
                    for (endpoint, count) in shard.cut_off {
                        *cut_off.entry(endpoint).or_default() += count;
                    }
                }
            }
        }
        let (eligible, asked) = (self.eligible(), self.asked());
        Ok(RunResult {
            totals,
            took,
            stage_starts: self.stage_starts,
            most_attackers: self.most_attackers,
            interrupted,
            cut_off,
            eligible,
            asked,
            end,
            ended_by: self.ended_by,
        })
    }

    /// When each chain could run first. Those that are not asked could from the start.
    fn eligible(&self) -> Vec<(String, Option<Duration>)> {
        let Some(readiness) = &self.readiness else { return Vec::new() };
        let after = |script| match readiness.is_asked(script) {
            true => {
                let first = readiness.standing(script).first_ready;
                first.map(|first| first.saturating_duration_since(self.start))
            }
            false => Some(Duration::ZERO),
        };
        self.plan.chains().into_iter().map(|chain| (chain.name, after(chain.script))).collect()
    }

    fn asked(&self) -> Vec<AskedScript> {
        let Some(readiness) = &self.readiness else { return Vec::new() };
        let end = self.drained.unwrap_or_else(Instant::now);
        let asked = readiness.asked().map(|script| {
            let standing = readiness.standing(script);
            AskedScript {
                name: self.plan.scripts[script].options.name.clone(),
                answered: standing.answered,
                was_ready: standing.first_ready.is_some(),
                failed_for: standing.failed_for(end),
                failure: standing.failing.map(|failing| failing.failure),
            }
        });
        asked.collect()
    }
}

async fn wait_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
