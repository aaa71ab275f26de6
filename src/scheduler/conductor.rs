//! The run loop: one for all profiles. It asks the profile what it wants, tells the shards, shows
//! what happens, and ends the run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::attacker::fiber::STACK_BYTES;
use crate::attacker::ground::Measured;
use crate::attacker::orders::{Phase, Tickets};
use crate::attacker::readiness::Readiness;
use crate::error::Fatal;
use crate::plan::run_plan::RunPlan;
use crate::record::interval::Interval;
use crate::record::sample::RunLabels;
use crate::record::summarise::StageWindow;
use crate::record::threshold::{Breach, Span, Watch};
use crate::record::totals::Totals;
use crate::scheduler::lane::{Lane, ShardEnd};
use crate::scheduler::report::{Report, Tick};
use crate::scheduler::shard::{self, ShardPlace, ShardStart};
use crate::scheduler::signals::Signals;
use crate::scheduler::watcher::Watcher;
use crate::script::failure::Failure;

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
    /// The stages that were reached, by scenario.
    pub stages: Vec<StageWindow>,
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

/// Conducts one run: one loop for all its scenarios, each of which has a lane.
pub struct Conductor<'a> {
    plan: Arc<RunPlan>,
    /// The stock of tickets that those of all lanes come from.
    tickets: Arc<Tickets>,
    readiness: Option<Arc<Readiness>>,
    watcher: &'a mut dyn Watcher,
    start: Instant,
    lanes: Vec<Lane>,
    none_ready_for: Option<Duration>,
    interval: Interval,
    most_attackers: u32,
    labels: Arc<RunLabels>,
    watch: Watch,
    ended_by: Option<Breach>,
    reports: mpsc::UnboundedReceiver<Report>,
}

/// The end of each shard, with its place.
type Ends = Vec<(ShardPlace, oneshot::Receiver<Result<Measured, Fatal>>)>;

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
        let (sender, reports) = mpsc::unbounded_channel();
        let tickets = Arc::clone(&start.tickets);
        let lanes = 0..plan.scenarios.len();
        let mut conductor = Self {
            lanes: lanes.map(|number| Lane::new(&plan, number, tickets.for_another())).collect(),
            none_ready_for: None,
            labels: Arc::new(plan.labels()),
            watch: Watch::new(plan.shards()),
            ended_by: None,
            plan,
            tickets,
            readiness: start.readiness.clone(),
            watcher,
            start: Instant::now(),
            interval: Interval::default(),
            most_attackers: 0,
            reports,
        };
        let (readying, mut ready) = mpsc::unbounded_channel();
        let ends = conductor.start_shards(&start, &sender, &readying)?;
        drop((start, sender, readying));
        // Each shard drops its end when it can begin, or cannot: a run begins with all of them.
        ready.recv().await;
        conductor.start = Instant::now();
        conductor.conduct(ends, signals).await
    }

    fn start_shards(
        &self,
        start: &ShardStart,
        reports: &mpsc::UnboundedSender<Report>,
        readying: &mpsc::UnboundedSender<Infallible>,
    ) -> Result<Ends, Fatal> {
        let mut ends = Vec::with_capacity(self.plan.shards());
        for (scenario, lane) in self.lanes.iter().enumerate() {
            for index in 0..self.plan.scenarios[scenario].shards {
                let place = ShardPlace { number: ends.len(), scenario, index };
                let (done, end) = oneshot::channel();
                let mut start = start.clone();
                start.tickets = Arc::clone(&lane.tickets);
                let (heard, reports, readying) = (lane.hears(), reports.clone(), readying.clone());
                std::thread::Builder::new()
                    .name(format!("shard-{}", place.number))
                    // What attackers remember is dropped here, however deeply a script nested it.
                    .stack_size(STACK_BYTES)
                    .spawn(move || {
                        done.send(shard::run(&start, place, heard, &reports, readying)).ok()
                    })
                    .map_err(|error| Fatal::setup(format!("cannot start a thread: {error}")))?;
                ends.push((place, end));
            }
        }
        Ok(ends)
    }

    async fn conduct(mut self, ends: Ends, signals: &mut Signals) -> Result<RunResult, Fatal> {
        let ends = ends.into_iter().map(|(place, end)| async move { (place, end.await) });
        let mut ends: FuturesUnordered<_> = ends.collect();
        // A little after the shards, whose reports it shows.
        let first = tokio::time::Instant::now() + Duration::from_millis(1_100);
        let mut second = tokio::time::interval_at(first, Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let tickets = Arc::clone(&self.tickets);
        let mut ended = Vec::new();
        let mut end = RunEnd::Finished;
        self.step(|_| true);
        while !self.lanes.iter().all(Lane::is_over) {
            let goes_on = self.is_any(Phase::Run);
            let change = self.lanes.iter().filter_map(Lane::change).min();
            tokio::select! {
                Some((place, shard)) = ends.next() => {
                    self.hear_all();
                    self.lanes[place.scenario].shard_ended(self.start.elapsed());
                    ended.push(shard);
                }
                () = wait_until(change) => {
                    let now = Instant::now();
                    self.step(|lane| lane.change().is_some_and(|change| change <= now));
                }
                () = tickets.exhausted(), if goes_on => self.drain(|lane| lane.tickets.none_left()),
                () = signals.next() => {
                    if goes_on {
                        self.watcher.note("stopping: running chains may end (Ctrl-C again stops at once)");
                        self.drain(|_| true);
                    } else {
                        end = RunEnd::Interrupted;
                        self.lanes.iter_mut().for_each(Lane::stop);
                    }
                }
                Some(report) = self.reports.recv() => self.hear(report),
                _ = second.tick() => {
                    self.tick();
                    if goes_on && self.is_breached() {
                        self.drain(|_| true);
                    }
                }
            }
        }
        self.hear_all();
        self.result(ended, end)
    }

    /// Whether any scenario is in this phase.
    fn is_any(&self, phase: Phase) -> bool {
        self.lanes.iter().any(|lane| lane.phase() == phase)
    }

    /// Has those lanes do what is due.
    fn step(&mut self, which: impl Fn(&Lane) -> bool) {
        self.lanes.iter_mut().filter(|lane| which(lane)).for_each(|lane| lane.step(self.start));
        self.count_attackers();
    }

    /// Has those lanes that still start chains start no more.
    fn drain(&mut self, which: impl Fn(&Lane) -> bool) {
        let running = self.lanes.iter_mut().filter(|lane| lane.phase() == Phase::Run);
        running.filter(|lane| which(lane)).for_each(Lane::drain);
    }

    fn count_attackers(&mut self) {
        let now = self.lanes.iter().map(Lane::attackers).sum();
        self.most_attackers = self.most_attackers.max(now);
    }

    /// Hears what was told until now: a shard's last report comes before its end.
    fn hear_all(&mut self) {
        while let Ok(report) = self.reports.try_recv() {
            self.hear(report);
        }
    }

    fn hear(&mut self, report: Report) {
        self.lanes[report.place.scenario].hear(&report);
        self.count_attackers();
        if report.place.asks(&self.plan) {
            self.none_ready_for = report.none_ready_for;
        }
        self.interval.merge(&report.interval);
        self.watch.hear(report.place.number, report.watched);
        for note in report.notes {
            self.watcher.note(&note);
        }
    }

    fn tick(&mut self) {
        let alive = self.lanes.iter().map(Lane::alive);
        let (attackers, in_flight) = alive.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let tick = Tick {
            elapsed: self.start.elapsed(),
            scenarios: self.lanes.iter().map(Lane::tick).collect(),
            attackers,
            in_flight,
            none_ready_for: self.none_ready_for,
            interval: std::mem::take(&mut self.interval),
        };
        self.watcher.tick(tick);
    }

    /// The stages that were reached, `now` after the start of the run.
    fn stages(&self, now: Duration) -> Vec<StageWindow> {
        self.lanes.iter().flat_map(|lane| lane.stages(now)).collect()
    }

    /// Whether a threshold is breached that ends the run; the watcher is told which.
    fn is_breached(&mut self) -> bool {
        let whole = self.start.elapsed();
        let stages = self.stages(whole);
        let span = Span { whole, stages: &stages, labels: &self.labels };
        self.ended_by = self.watch.breach(&self.plan.thresholds, &span);
        if let Some(breach) = &self.ended_by {
            self.watcher.ended_by(&self.plan.thresholds[breach.threshold], breach);
        }
        self.ended_by.is_some()
    }

    fn result(self, ended: Vec<ShardEnd>, end: RunEnd) -> Result<RunResult, Fatal> {
        let took = self.lanes.iter().filter_map(Lane::over).max().unwrap_or_default();
        let mut totals = Totals::new(Arc::clone(&self.labels));
        let mut interrupted = 0;
        let mut cut_off = BTreeMap::new();
        if self.lanes.iter().any(Lane::is_given_up) {
            let told = "a shard did not stop within a second; what it measured is missing below";
            self.watcher.note(told);
        }
        for shard in ended {
            let Ok(shard) = shard else {
                self.watcher.note("a shard's thread died; what it measured is missing below");
                continue;
            };
            let shard = shard?;
            totals.merge(&shard.totals);
            interrupted += shard.interrupted;
            for (endpoint, count) in shard.cut_off {
                *cut_off.entry(endpoint).or_default() += count;
            }
        }
        let (eligible, asked) = (self.eligible(), self.asked());
        Ok(RunResult {
            totals,
            took,
            stages: self.stages(took),
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
        let end = self.lanes.iter().filter_map(Lane::drained).max().unwrap_or_else(Instant::now);
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
