//! `coyote plan`: the scenarios that scripts declare, in parallel.

use crate::cli::args::PlanArgs;
use crate::cli::{load, output, scripts, thresholds};
use crate::error::{Exit, Fatal};
use crate::plan::run_plan;
use crate::plan::scenario::{Scenario, ScenarioError};
use crate::sink::style::Style;
use crate::sink::timeline;

pub(super) fn run(args: &PlanArgs, typed: Vec<String>) -> Result<Exit, Fatal> {
    let PlanArgs { run: args, dry_run } = args;
    let mut scripts = scripts::load(&args.script, &args.cases)?;
    let (most_shards, env) = (load::most_shards(args), &scripts.env);
    let scenarios = Scenario::declared(&mut scripts.list, most_shards, env, args.max_attackers)
        .map_err(|error| fatal(&error))?;
    if !dry_run {
        return load::run(scripts, scenarios, args, typed);
    }
    // What would keep the run from starting is told now.
    thresholds::of_load(args, &scripts, &scenarios)?;
    let labels = run_plan::labels(&scripts.list, &scenarios);
    output::print(&timeline::render(&scenarios, &labels, args.duration, Style::of_stdout()));
    Ok(Exit::Ok)
}

/// What is wrong with the scripts is told as other mistakes in them are.
fn fatal(error: &ScenarioError) -> Fatal {
    match error {
        ScenarioError::None(_) | ScenarioError::NoneOpen => Fatal::usage(error.to_string()),
        ScenarioError::Differ { .. } | ScenarioError::NoWeight(_) => {
            Fatal::script(error.to_string())
        }
    }
}
