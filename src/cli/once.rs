//! `coyote once`: each chain once, every request and answer shown.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::Map;
use tokio::runtime::{Builder, LocalOptions};

use crate::attacker::context::Attacker;
use crate::attacker::ground::Ground;
use crate::attacker::life::run_chain;
use crate::attacker::orders::{Orders, Phase};
use crate::attacker::panics;
use crate::attacker::running::Bell;
use crate::cli::args::RunArgs;
use crate::cli::load::{plan, shard_start};
use crate::cli::{counterparts, lifecycle, output, scripts, summary};
use crate::error::{Exit, Fatal};
use crate::profile::Profile;
use crate::scheduler::{ObserverFactory, RunEnd, RunResult, Signals};
use crate::script::failure::ChainEnd;
use crate::sink::exchange;
use crate::sink::human::printable;
use crate::sink::style::Style;

pub(super) fn run(args: &RunArgs, typed: Vec<String>) -> Result<Exit, Fatal> {
    let scripts = scripts::load(&args.script)?;
    summary::check_writable(args.target.summary.as_deref())?;
    let counterparts = counterparts::start(&scripts, &args.target)?;
    for note in &counterparts.notes {
        output::line(note);
    }
    let profile = Profile::steps([1], None);
    let plan = Arc::new(plan(scripts, profile, args, typed, &counterparts));
    output::line(&format!("seed: {}", plan.settings.seed));
    let mut start = shard_start(&plan, &counterparts, Some(observer()));
    start.data = Arc::new(lifecycle::setup(&start)?);
    panics::keep_quiet();
    let ground = Rc::new(start.ground()?);
    let (started, clock) = (summary::Started::now(), Instant::now());
    let (failed, end) = run_all(&ground)?;
    let torn_down = lifecycle::teardown(&start);
    let interrupted = ground.interrupted.get();
    let lost = || Fatal::setup("internal: a chain outlived its run");
    let ground = Rc::into_inner(ground).ok_or_else(lost)?;
    let context = Rc::into_inner(ground.context).ok_or_else(lost)?;
    let result = RunResult {
        totals: context.recorder.into_inner().finish(),
        took: clock.elapsed(),
        stage_starts: vec![Duration::ZERO],
        most_attackers: 1,
        interrupted,
        cut_off: context.cut_off.take(),
        end,
    };
    output::line("");
    let exit = summary::conclude(&plan, &result, &started, args.target.summary.as_deref())?;
    Ok(match exit {
        Exit::Ok if failed > 0 => Exit::ChainFailed,
        Exit::Ok => torn_down,
        other => other,
    })
}

fn observer() -> ObserverFactory {
    let style = Style::of_stdout();
    Arc::new(move || Box::new(move |shown| output::line(&exchange::render(shown, style))))
}

/// Runs every chain, one after another, as one attacker; returns how many failed.
fn run_all(ground: &Rc<Ground>) -> Result<(usize, RunEnd), Fatal> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .map_err(|error| Fatal::setup(format!("cannot start a runtime: {error}")))?;
    ground.orders.set(Orders { attackers: 1, stage: 0, phase: Phase::Run });
    let headers = Arc::new(ground.context.settings.headers_of(0));
    let state = RefCell::new(Map::new());
    let attacker = Rc::new(Attacker { id: 0, state, headers, client: None });
    let bell = Rc::new(Bell::default());
    runtime.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
        let stop = Rc::clone(&bell);
        tokio::task::spawn_local(async move {
            signals.next().await;
            stop.stop();
        });
        let mut failed = 0;
        for index in 0..ground.scripts.len() {
            let name = &ground.scripts[index].options.name;
            output::line(&format!("=== {name}\n"));
            match run_chain(ground, &attacker, &bell, index, index as u64).await {
                ChainEnd::Succeeded => output::line(&format!("=== {name}: succeeded\n")),
                ChainEnd::Failed(failure) => {
                    failed += 1;
                    let told = failure.describe();
                    output::line(&format!("=== {name}: FAILED: {}\n", printable(&told)));
                }
                ChainEnd::Stopped => return Ok((failed, RunEnd::Interrupted)),
            }
        }
        Ok((failed, RunEnd::Finished))
    })
}
