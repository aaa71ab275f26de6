//! One shard: a thread with its own runtime, engines, HTTP client, recorder and attackers.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, Map};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use crate::attacker::case::ReadyCase;
use crate::attacker::context::{InFlight, Observer, ShardContext};
use crate::attacker::fiber::StackPool;
use crate::attacker::ground::{Chain, ChainBody, ChainScript, Ground, Measured};
use crate::attacker::mix::Mix;
use crate::attacker::orders::{Orders, Phase, Tickets};
use crate::attacker::panics;
use crate::attacker::readiness::Readiness;
use crate::attacker::seat::FreeSeats;
use crate::audit::run_audit::RunAudit;
use crate::challenge::store::Store as ChallengeStore;
use crate::db::database::Database;
use crate::error::{ErrorKind, Fatal};
use crate::host::view::View;
use crate::net::client::{Client, ClientOptions};
use crate::plan::run_plan::{self, Body, Entry, RunPlan};
use crate::record::live::{Live, LiveShard};
use crate::record::outlet::Outlets;
use crate::record::recorder::Recorder;
use crate::record::tap::Tap;
use crate::record::threshold::Watch;
use crate::scheduler::clock::Clock;
use crate::scheduler::herd::{Herd, START_PAUSE};
use crate::scheduler::inquiry::Inquiry;
use crate::scheduler::report::Report;
use crate::script;
use crate::script::cases::LoadedCase;
use crate::script::data::Plain;
use crate::script::engine::Modules;
use crate::script::loaded::LoadedScript;
use crate::store::claims::Claims;
use crate::store::state::State;

/// How often a shard reports.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Which shard of a run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShardPlace {
    /// Among all shards.
    pub(super) number: usize,
    /// Whose attackers run on it.
    pub(super) scenario: usize,
    /// Among the shards of its scenario.
    pub(super) index: usize,
}

impl ShardPlace {
    /// Whether it asks scripts if they are ready, for all: one does that goes on until the run's end.
    pub(super) fn asks(self, plan: &RunPlan) -> bool {
        self.index == 0 && self.scenario == plan.longest()
    }
}

/// Makes a shard's observer on that shard's thread.
pub type ObserverFactory = Arc<dyn Fn() -> Observer + Send + Sync>;

/// What a shard starts from.
#[derive(Clone)]
pub struct ShardStart {
    /// The run.
    pub plan: Arc<RunPlan>,
    /// How to make HTTP clients.
    pub client_options: ClientOptions,
    /// Challenges that are published right now.
    pub challenges: Arc<ChallengeStore>,
    /// The CA's database, if the run has one.
    pub database: Option<Database>,
    /// Names that chains have for themselves.
    pub claims: Arc<Claims>,
    /// Data that attackers share.
    pub state: Arc<State>,
    /// Where clients note what the CA confirms to them, if that is wanted.
    pub audit: Option<Arc<RunAudit>>,
    /// Shown every exchange, if anybody is.
    pub observer: Option<ObserverFactory>,
    /// The chains that may still be started.
    pub tickets: Arc<Tickets>,
    /// Which scripts can run now, if that is asked.
    pub readiness: Option<Arc<Readiness>>,
    /// What each script's `setup()` returned; empty before it was asked.
    pub data: Arc<Vec<Plain>>,
    /// Sinks that take each event; none while something runs that is no load.
    pub outlets: Arc<Outlets>,
    /// Who asks for figures while the load goes on, if anybody does.
    pub live: Option<Arc<Live>>,
}

impl ShardStart {
    /// Compiles the scripts and makes everything that attackers of scenario `scenario` share on one
    /// thread.
    ///
    /// # Errors
    /// When a script does not compile or an HTTP client cannot be made.
    pub fn ground(&self, scenario: usize) -> Result<Ground, Fatal> {
        let plan = &self.plan;
        let modules = Modules::new(&plan.stdlib);
        let mut scripts = Vec::with_capacity(plan.scripts.len());
        for (at, source) in plan.scripts.iter().enumerate() {
            let options = source.options.clone();
            let engine = script::engine::build(&modules, &options.limits);
            let script = LoadedScript::compile(engine, &source.path, &source.text)?;
            let data = self.data.get(at).map_or(Dynamic::UNIT, View::of);
            scripts.push(Rc::new(ChainScript::new(script, options, data)));
        }
        let chains = chains(plan, &scripts)?;
        let mix = self.mix(scenario);
        // Whoever has no other client is like the first attacker.
        let client = Client::new(&self.client_options, plan.settings.source_of(0, 0))
            .map_err(|error| Fatal::setup(error.message))?;
        let outlets = Arc::clone(&self.outlets);
        let tap = (!outlets.is_empty()).then(|| Tap::new(Arc::clone(&outlets)));
        let recorder = Recorder::new(Arc::new(plan.labels())).tapped(tap);
        let context = ShardContext {
            settings: Arc::clone(&plan.settings),
            client,
            clients: RefCell::default(),
            client_options: self.client_options.clone(),
            directory: directory(plan)?,
            recorder: RefCell::new(recorder),
            outlets,
            rows: Cell::new(0),
            challenges: Arc::clone(&self.challenges),
            database: self.database.clone(),
            claims: Arc::clone(&self.claims),
            state: Arc::clone(&self.state),
            audit: self.audit.clone(),
            observer: self.observer.as_ref().map(|make| make()),
            tls: RefCell::default(),
            in_flight: InFlight::default(),
            cut_off: RefCell::default(),
        };
        Ok(Ground {
            context: Rc::new(context),
            scripts,
            chains,
            mix,
            scenario: scenario as u16,
            readiness: self.readiness.clone(),
            stacks: Rc::new(StackPool::default()),
            free: FreeSeats::default(),
            orders: Cell::new(Orders::NONE),
            tickets: Arc::clone(&self.tickets),
            interrupted: Cell::new(0),
            notes: RefCell::default(),
        })
    }

    fn mix(&self, scenario: usize) -> Mix {
        let mix = Mix::new(&self.plan.scenarios[scenario].weights, self.plan.settings.seed);
        match &self.readiness {
            Some(readiness) => {
                let scripts = self.plan.chains().iter().map(|chain| chain.script).collect();
                mix.gated(Arc::clone(readiness), scripts)
            }
            None => mix,
        }
    }
}

/// The chains of the plan, each with what its script has for it. `cases()` is called once a script:
/// what it returns belongs to this shard's engine.
fn chains(plan: &RunPlan, scripts: &[Rc<ChainScript>]) -> Result<Vec<Rc<Chain>>, Fatal> {
    let mut cases: Vec<Vec<LoadedCase>> = Vec::with_capacity(scripts.len());
    for (script, source) in scripts.iter().zip(&plan.scripts) {
        cases.push(match source.entry {
            Entry::Functions(_) => Vec::new(),
            // They were right a moment ago, on another engine.
            Entry::Cases(_) => script
                .script
                .cases(plan.server)
                .map_err(|error| Fatal::script(format!("{}: {error}", script.script.file())))?,
        });
    }
    let ready = |chain: run_plan::Chain| {
        let script = Rc::clone(&scripts[chain.script]);
        let body = match chain.body {
            Body::Function(name) => {
                let arguments = script.arguments(&name);
                ChainBody::Function { name, arguments }
            }
            Body::Case(case) => {
                let known = cases[chain.script].get(case.number).filter(|known| known.case == case);
                let known = known.ok_or_else(|| {
                    let file = script.script.file();
                    Fatal::script(format!("{file}: cases() must return the same each time"))
                })?;
                ChainBody::Case(ReadyCase::new(known.clone(), plan.server, script.data()))
            }
        };
        Ok(Rc::new(Chain { name: chain.name, script, body }))
    };
    plan.chains().into_iter().map(ready).collect()
}

fn directory(plan: &RunPlan) -> Result<Option<Map>, Fatal> {
    let Some(directory) = &plan.settings.directory else { return Ok(None) };
    let wrong =
        |why: String| Fatal::setup(format!("{} is no ACME directory: {why}", directory.url));
    let value: Dynamic =
        serde_json::from_str(&directory.text).map_err(|error| wrong(error.to_string()))?;
    value.try_cast().map(Some).ok_or_else(|| wrong("it is no JSON object".to_owned()))
}

/// Scripts of which other scenarios run chains that scenario `scenario` does not.
fn elsewhere(plan: &RunPlan, scenario: usize) -> Vec<usize> {
    let (own, chains) = (&plan.scenarios[scenario], plan.chains());
    let all = chains.into_iter().enumerate();
    let is_run = |at: usize| plan.scenarios.iter().any(|other| other.runs(at));
    let others = all.filter(|(at, _)| !own.runs(*at) && is_run(*at));
    others.map(|(_, chain)| chain.script).collect()
}

/// Runs the shard at `place` on this thread until its orders say stop and its attackers are gone. It
/// drops `readying` when it can begin.
pub(super) fn run(
    start: &ShardStart,
    place: ShardPlace,
    mut orders: watch::Receiver<Orders>,
    reports: &mpsc::UnboundedSender<Report>,
    readying: mpsc::UnboundedSender<Infallible>,
) -> Result<Measured, Fatal> {
    panics::keep_quiet();
    let plan = &start.plan;
    script::env::install(&plan.scenarios[place.scenario].env);
    let ground = Rc::new(start.ground(place.scenario)?);
    drop(readying);
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .map_err(|error| Fatal::setup(format!("cannot start a runtime: {error}")))?;
    let herd = Herd::new(Rc::clone(&ground), place, plan);
    let mut clock = Clock::of(plan, place);
    runtime.block_on(async {
        let mut second = tokio::time::interval(REPORT_EVERY);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let asks = start.readiness.as_ref().filter(|_| place.asks(plan));
        let inquiry = Inquiry::start(&ground, asks, elsewhere(plan, place.scenario));
        let mut live = start.live.as_ref().map(|live| live.shard(place.number));
        herd.follow(*orders.borrow_and_update());
        let mut short = herd.start_some();
        loop {
            let phase = ground.orders.get().phase;
            tokio::select! {
                changed = orders.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    // What is due is due before what the orders change.
                    if let Some(clock) = &mut clock {
                        clock.deal(&ground, &herd);
                    }
                    herd.follow(*orders.borrow_and_update());
                    short = herd.start_some();
                }
                Some(clock) = due(clock.as_mut(), &ground) => clock.deal(&ground, &herd),
                () = tokio::time::sleep(START_PAUSE), if short => short = herd.start_some(),
                _ = second.tick() => report(&ground, &herd, &inquiry, place, plan, reports),
                live = asked(&mut live) => live.tell(ground.context.recorder.borrow().totals()),
                () = herd.emptied(), if phase != Phase::Run => break,
            }
        }
        report(&ground, &herd, &inquiry, place, plan, reports);
        inquiry.end().await;
        if let Some(live) = live {
            live.end(ground.context.recorder.borrow().totals());
        }
    });
    // Not dropped: that would wait for key generation that nobody needs any more.
    runtime.shutdown_background();
    drop(herd);
    Ground::end(ground).ok_or_else(|| {
        Fatal::setup(format!("{}: an attacker outlived its shard", ErrorKind::Internal))
    })
}

/// Waits until somebody asks for figures; returns who is to answer.
async fn asked(live: &mut Option<LiveShard>) -> &LiveShard {
    match live {
        Some(live) => {
            live.asked().await;
            live
        }
        None => std::future::pending().await,
    }
}

/// The clock, when a start is due.
async fn due<'a>(clock: Option<&'a mut Clock>, ground: &Ground) -> Option<&'a mut Clock> {
    let clock = clock?;
    clock.tick(ground).await;
    Some(clock)
}

fn report(
    ground: &Ground,
    herd: &Herd,
    inquiry: &Inquiry,
    place: ShardPlace,
    plan: &RunPlan,
    reports: &mpsc::UnboundedSender<Report>,
) {
    let attackers = herd.size();
    let none_ready_for = inquiry.look(ground);
    let mut recorder = ground.context.recorder.borrow_mut();
    recorder.attackers(attackers);
    let report = Report {
        place,
        attackers,
        hired: herd.hired(),
        in_flight: ground.context.in_flight.get(),
        none_ready_for,
        interval: recorder.take_interval(),
        watched: Watch::read(&plan.thresholds, recorder.totals()),
        notes: ground.notes.take(),
    };
    // The conductor has gone when a second Ctrl-C ended the run; then nobody wants to know.
    let _ = reports.send(report);
}
