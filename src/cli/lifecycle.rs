//! `setup()` before a run and `teardown()` after it: once each, on a fiber of the main thread. What
//! they send is shown by `once` but not counted as load.

use std::rc::Rc;
use std::sync::Arc;

use rhai::{Dynamic, Map};
use tokio::runtime::{Builder, LocalOptions};

use crate::attacker::context::Attacker;
use crate::attacker::ground::{ChainScript, Ground};
use crate::attacker::life::run_in_fiber;
use crate::attacker::running::Bell;
use crate::error::Fatal;
use crate::record::sample::Place;
use crate::scheduler::ShardStart;
use crate::script::data::Plain;
use crate::script::failure::ChainEnd;

/// Calls every script's `setup()` and returns what they returned, in the order of the scripts.
///
/// # Errors
/// Exit 4 when one throws, or returns what is no plain data.
pub(super) fn setup(start: &ShardStart) -> Result<Vec<Plain>, Fatal> {
    if !anyone_has(start, "fn setup") {
        return Ok(Vec::new());
    }
    let ground = Rc::new(start.ground()?);
    let mut data = Vec::with_capacity(ground.scripts.len());
    for script in &ground.scripts {
        let name = &script.options.name;
        let value = call(&ground, script, "setup")
            .map_err(|told| Fatal::setup(format!("setup() of {name} failed: {told}")))?;
        let plain = Plain::copy(&value, "the value of setup()")
            .map_err(|error| Fatal::setup(format!("setup() of {name}: {error}")))?;
        data.push(plain);
    }
    Ok(data)
}

/// Calls every script's `teardown()`; one that fails is told and changes nothing else.
pub(super) fn teardown(start: &ShardStart) {
    if !anyone_has(start, "fn teardown") {
        return;
    }
    let ground = match start.ground() {
        Ok(ground) => Rc::new(ground),
        Err(error) => return eprintln!("teardown() was not run: {}", error.message),
    };
    for script in &ground.scripts {
        if let Err(told) = call(&ground, script, "teardown") {
            eprintln!("teardown() of {} failed: {told}", script.options.name);
        }
    }
}

/// Saves most runs an engine that nothing would be called on. A false hit costs only that.
fn anyone_has(start: &ShardStart, function: &str) -> bool {
    start.plan.scripts.iter().any(|script| script.text.contains(function))
}

/// Calls function `name`, if there is one, and returns its value, or what went wrong.
fn call(
    ground: &Rc<Ground>,
    script: &Rc<ChainScript>,
    name: &'static str,
) -> Result<Dynamic, String> {
    if script.script.arity(name).is_none() {
        return Ok(Dynamic::UNIT);
    }
    let headers = Arc::new(ground.context.settings.headers_of(0));
    let attacker = Rc::new(Attacker { id: 0, state: Map::new().into(), headers, client: None });
    let bell = Rc::new(Bell::default());
    let place = Place { chain: 0, scenario: 0, stage: 0 };
    let body = move |script: &ChainScript| script.script.eval(name, script.arguments(name));
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .map_err(|error| format!("cannot start a runtime: {error}"))?;
    let run = run_in_fiber(ground, &attacker, &bell, script, place, 0, body);
    match runtime.block_on(run).map_err(|failure| failure.describe())? {
        Ok(value) => Ok(value),
        Err(ChainEnd::Failed(failure)) => Err(failure.describe()),
        Err(ChainEnd::Succeeded | ChainEnd::Stopped) => Ok(Dynamic::UNIT),
    }
}
