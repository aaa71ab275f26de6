//! The end of a run: the summary on stdout and, with `--summary`, as a file.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::cli::output;
use crate::error::{Exit, Fatal};
use crate::plan::run_plan::RunPlan;
use crate::record::case_block::CaseBlock;
use crate::record::process::ProcessUsage;
use crate::record::summarise::{RunInfo, StageWindow};
use crate::record::summary::{self, Summary};
use crate::scheduler::{RunEnd, RunResult};
use crate::sink::pump;
use crate::sink::style::Style;
use crate::sink::text;

/// The moment when a run began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    at: SystemTime,
    usage: ProcessUsage,
}

impl Started {
    /// It begins now.
    pub(super) fn now() -> Self {
        Self { at: SystemTime::now(), usage: ProcessUsage::now() }
    }
}

/// Shows what a run measured, of `once` how its cases ended, and what `sinks` lack; returns the run's
/// exit code.
///
/// # Errors
/// Exit 4 when the file cannot be written; the text has been shown by then.
pub(super) fn conclude(
    plan: &RunPlan,
    result: &RunResult,
    started: &Started,
    cases: Vec<CaseBlock>,
    sinks: pump::Ended,
    file: Option<&Path>,
) -> Result<Exit, Fatal> {
    let info = RunInfo {
        started: started.at,
        duration: result.took,
        command: plan.command.clone(),
        target: plan.target.clone(),
        stages: windows(&result.stage_starts, result.took),
        attackers_max: result.most_attackers,
        usage: ProcessUsage::now().since(started.usage),
    };
    let mut summary = Summary::build(&result.totals, &info);
    summary.cases = cases;
    summary.warnings.extend(interruption(result));
    summary.warnings.extend(sinks.warnings);
    output::print(&text::render(&summary, Style::of_stdout()));
    if let Some(path) = file {
        summary.write(path).map_err(|error| Fatal::setup(error.to_string()))?;
    }
    Ok(match result.end {
        // Who asked for a log counts on what is in it.
        RunEnd::Finished if sinks.incomplete => Exit::Setup,
        RunEnd::Finished => Exit::Ok,
        RunEnd::Interrupted => Exit::Interrupted,
    })
}

/// Makes sure that the file of `--summary` can be written, before there is something to lose. It is
/// left as it is: an earlier run's summary stays until this one's is complete.
///
/// # Errors
/// Exit 4 when it cannot.
pub(super) fn check_writable(file: Option<&Path>) -> Result<(), Fatal> {
    let Some(path) = file else { return Ok(()) };
    summary::check_writable(path).map_err(|error| Fatal::setup(error.to_string()))
}

/// What a stop cut off, which counts neither as success nor as failure.
fn interruption(result: &RunResult) -> Option<String> {
    let mut told = match result.interrupted {
        0 => return None,
        1 => "1 chain was still running when the run was stopped and counts neither way".to_owned(),
        n => {
            format!("{n} chains were still running when the run was stopped and count neither way")
        }
    };
    let requests = result.cut_off.iter().map(|(endpoint, count)| format!("{endpoint} {count}"));
    let requests: Vec<_> = requests.collect();
    if !requests.is_empty() {
        told.push_str("; without an answer: ");
        told.push_str(&requests.join(", "));
    }
    Some(told)
}

fn windows(starts: &[Duration], took: Duration) -> Vec<StageWindow> {
    let ends = starts.iter().skip(1).chain([&took]);
    let window = |(stage, (started, ended)): (usize, (&Duration, &Duration))| StageWindow {
        stage: stage as u16,
        started: *started,
        ended: *ended,
    };
    starts.iter().zip(ends).enumerate().map(window).collect()
}
