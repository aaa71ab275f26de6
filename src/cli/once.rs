//! `coyote once`: each chain once, every request and answer shown.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::attacker::ground::{Ground, Measured};
use crate::attacker::life::run_chain;
use crate::attacker::orders::{Orders, Phase};
use crate::attacker::panics;
use crate::cli::alone::{Alone, Limit};
use crate::cli::args::RunArgs;
use crate::cli::load::{plan, shard_start};
use crate::cli::{counterparts, lifecycle, output, scripts, summary};
use crate::error::{Exit, Fatal};
use crate::profile::Profile;
use crate::scheduler::{ObserverFactory, RunEnd, RunResult};
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
    let lost = || Fatal::setup("internal: a chain outlived its run");
    let Measured { totals, interrupted, cut_off } = Ground::end(ground).ok_or_else(lost)?;
    let result = RunResult {
        totals,
        took: clock.elapsed(),
        stage_starts: vec![Duration::ZERO],
        most_attackers: 1,
        interrupted,
        cut_off,
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
    ground.orders.set(Orders { attackers: 1, stage: 0, phase: Phase::Run });
    let alone = Alone::on(ground);
    let work = async {
        let mut failed = 0;
        for index in 0..ground.scripts.len() {
            let name = &ground.scripts[index].options.name;
            output::line(&format!("=== {name}\n"));
            match run_chain(ground, &alone.attacker, &alone.bell, index, index as u64).await {
                ChainEnd::Succeeded => output::line(&format!("=== {name}: succeeded\n")),
                ChainEnd::Failed(failure) => {
                    failed += 1;
                    let told = failure.describe();
                    output::line(&format!("=== {name}: FAILED: {}\n", printable(&told)));
                }
                ChainEnd::Stopped => return (failed, RunEnd::Interrupted),
            }
        }
        (failed, RunEnd::Finished)
    };
    alone
        .run(Limit::None, work)
        .map_err(|error| Fatal::setup(format!("cannot start a runtime: {error}")))
}
