//! `setup()` before a run and `teardown()` after it: once each, on a fiber of the main thread. What
//! they send is shown by `once` but not counted as load.

use std::rc::Rc;
use std::time::Instant;

use rhai::Dynamic;

use crate::attacker::ground::{ChainScript, Ground};
use crate::attacker::life::run_in_fiber;
use crate::cli::alone::{Alone, Limit};
use crate::error::{Exit, Fatal};
use crate::plan::duration;
use crate::record::sample::Place;
use crate::scheduler::ShardStart;
use crate::script::data::Plain;
use crate::script::failure::{ChainEnd, Failure};
use crate::sink::human::printable;

/// Calls every script's `setup()` and returns what they returned, in the order of the scripts.
///
/// # Errors
/// Exit 4 when one throws, or returns what is no plain data.
pub(super) fn setup(start: &ShardStart) -> Result<Vec<Plain>, Fatal> {
    if !anyone_has(start, "fn setup") {
        return Ok(Vec::new());
    }
    let ground = Rc::new(start.ground(0)?);
    let mut data = Vec::with_capacity(ground.scripts.len());
    for script in &ground.scripts {
        let name = &script.options.name;
        let value = match call(&ground, script, "setup", Limit::None) {
            Ok(value) => value,
            Err(ChainEnd::Failed(failure)) => {
                let told = failure.describe();
                return Err(Fatal::setup(format!("setup() of {name} failed: {told}")));
            }
            Err(_) => {
                let told = format!("setup() of {name} was interrupted");
                return Err(Fatal::new(Exit::Interrupted, told));
            }
        };
        let plain = Plain::copy(&value, "the value of setup()")
            .map_err(|error| Fatal::setup(format!("setup() of {name}: {error}")))?;
        data.push(plain);
    }
    Ok(data)
}

/// Calls every script's `teardown()`; one that fails is told and changes nothing else. All together
/// get `--stop-timeout`. Ctrl-C ends them, and makes the exit code that of an interrupted run.
pub(super) fn teardown(start: &ShardStart) -> Exit {
    if !anyone_has(start, "fn teardown") {
        return Exit::Ok;
    }
    let stop_timeout = start.plan.stop_timeout;
    let limit = Limit::Until(Instant::now() + stop_timeout);
    let ground = match start.ground(0) {
        Ok(ground) => Rc::new(ground),
        Err(error) => {
            eprintln!("teardown() was not run: {}", error.message);
            return Exit::Ok;
        }
    };
    for script in &ground.scripts {
        let name = &script.options.name;
        match call(&ground, script, "teardown", limit) {
            Ok(_) | Err(ChainEnd::Succeeded) => {}
            Err(ChainEnd::Failed(failure)) => {
                eprintln!("teardown() of {name} failed: {}", printable(&failure.describe()));
            }
            Err(ChainEnd::Stopped) if limit.has_passed() => {
                let timeout = duration::show(stop_timeout);
                eprintln!("teardown() of {name} did not end within --stop-timeout ({timeout})");
                return Exit::Ok;
            }
            Err(ChainEnd::Stopped | ChainEnd::NotOffered(_)) => {
                eprintln!("teardown() of {name} was interrupted");
                return Exit::Interrupted;
            }
        }
    }
    Exit::Ok
}

/// Tells that `teardown()` is left out, if there is any: who interrupts a run a second time wants it
/// to end, and a request to a CA that does not answer would hold it up.
pub(super) fn skip_teardown(start: &ShardStart) {
    if anyone_has(start, "fn teardown") {
        eprintln!("teardown() was not run: the run was interrupted");
    }
}

/// Saves most runs an engine that nothing would be called on. A false hit costs only that.
fn anyone_has(start: &ShardStart, function: &str) -> bool {
    start.plan.scripts.iter().any(|script| script.text.contains(function))
}

/// Calls function `name`, if there is one, and returns its value, or how it ended without one.
fn call(
    ground: &Rc<Ground>,
    script: &Rc<ChainScript>,
    name: &'static str,
    limit: Limit,
) -> Result<Dynamic, ChainEnd> {
    if script.script.arity(name).is_none() {
        return Ok(Dynamic::UNIT);
    }
    let alone = Alone::on(ground);
    let place = Place { chain: 0, scenario: 0, stage: 0 };
    let body = move |script: &ChainScript| script.script.eval(name, script.arguments(name));
    let work = run_in_fiber(ground, &alone.attacker, &alone.bell, script, place, 0, body);
    let failed = |error: std::io::Error| ChainEnd::Failed(Failure::new(error.to_string()));
    alone.run(limit, work).map_err(failed)?.map_err(ChainEnd::Failed)?
}
