//! What the summary warns of: scripts that could not run, for a while or ever.

use std::time::Duration;

use crate::attacker::readiness::{NONE_READY_HINT, by_cause};
use crate::plan::run_plan::RunPlan;
use crate::scheduler::{AskedScript, RunResult};
use crate::script::failure::Failure;
use crate::sink::human;

/// Names in one warning.
const MOST_NAMES: usize = 20;

/// One warning for each reason. `chains` is how many chains ran.
pub(super) fn warnings(plan: &RunPlan, result: &RunResult, chains: u64) -> Vec<String> {
    let mut told = Vec::new();
    let any_ready = result.eligible.iter().any(|(_, after)| after.is_some());
    if chains == 0 && !result.asked.is_empty() && !any_ready {
        told.push("no chain ran, for no script was ever ready".to_owned());
    }
    told.extend(failures(&result.asked));
    let never = || result.asked.iter().filter(|script| !script.was_ready && !has_failed(script));
    let (answered, silent): (Vec<_>, Vec<_>) = never().partition(|script| script.answered);
    if let Some(who) = never_ran(&answered, plan.scripts.len()) {
        let hint = match plan.iterations {
            _ if !any_ready => format!("; {NONE_READY_HINT}"),
            Some(_) => "; each is asked once a second: give more --iterations, or --duration in \
                        their place"
                .to_owned(),
            None => String::new(),
        };
        told.push(format!("{who} not ready before the run ended{hint}"));
    }
    if let Some(who) = never_ran(&silent, plan.scripts.len()) {
        told.push(format!("{who} not known to be ready, for ready() did not answer"));
    }
    told
}

fn has_failed(script: &AskedScript) -> bool {
    script.failure.is_some()
}

/// `renew-certificate never ran: it was`, `2 of 16 scripts never ran (...): they were`.
fn never_ran(never: &[&AskedScript], of: usize) -> Option<String> {
    match never {
        [] => None,
        [script] => Some(format!("{} never ran: it was", script.name)),
        scripts => {
            let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
            let (count, names) = (names.len(), human::listed(&names, MOST_NAMES));
            Some(format!("{count} of {of} scripts never ran ({names}): they were"))
        }
    }
}

fn failures(asked: &[AskedScript]) -> Vec<String> {
    let failures = asked.iter().filter_map(|script| Some((script, script.failure.clone()?)));
    let told = |(scripts, failure): (Vec<&AskedScript>, Failure)| {
        let longest = scripts.iter().map(|script| script.failed_for).max();
        let time = human::millis(longest.unwrap_or(Duration::ZERO).as_secs_f64() * 1e3);
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        match names[..] {
            [name] => {
                let why = failure.describe();
                format!("{name} could not run for {time} in all: its ready() failed: {why}")
            }
            _ => format!(
                "{} scripts could not run for {time} in all ({}): their ready() failed: {}",
                names.len(),
                human::listed(&names, MOST_NAMES),
                failure.message
            ),
        }
    };
    by_cause(failures).into_iter().map(told).collect()
}
