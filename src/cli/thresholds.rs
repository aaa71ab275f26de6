//! Which thresholds a run has, and whether they can be judged.

use crate::cli::args::RunArgs;
use crate::cli::scripts::Scripts;
use crate::error::Fatal;
use crate::plan::run_plan;
use crate::plan::scenario::Scenario;
use crate::record::threshold::Threshold;

/// Those of the command line, those of the scripts, which are about the whole run too, and those of the
/// scenarios that are run. What is given twice, as by each of several scripts, is judged once.
///
/// # Errors
/// Exit 2 for one that cannot be judged: nothing makes its metric, or no chain has that name.
pub(super) fn of_load(
    args: &RunArgs,
    scripts: &Scripts,
    scenarios: &[Scenario],
) -> Result<Vec<Threshold>, Fatal> {
    let mut thresholds = of_command_line(args, scripts, scenarios)?;
    let labels = run_plan::labels(&scripts.list, scenarios);
    for script in &scripts.list {
        for threshold in &script.options.thresholds {
            threshold.check(&scripts.metrics, &labels).map_err(|error| {
                Fatal::usage(format!("{}: thresholds: {error}", script.path.display()))
            })?;
            if !thresholds.contains(threshold) {
                thresholds.push(threshold.clone());
            }
        }
    }
    for scenario in scenarios {
        for threshold in &scenario.thresholds {
            threshold.check(&scripts.metrics, &labels).map_err(|error| {
                Fatal::usage(format!("scenario {}: thresholds: {error}", scenario.name))
            })?;
            thresholds.push(threshold.clone());
        }
    }
    audited_if_needed(args, scripts, &thresholds)?;
    Ok(thresholds)
}

/// Without an audit nothing is known to be lost, and a threshold that then holds would say that nothing
/// was.
fn audited_if_needed(
    args: &RunArgs,
    scripts: &Scripts,
    thresholds: &[Threshold],
) -> Result<(), Fatal> {
    if args.target.database.audit || scripts.make_audits() {
        return Ok(());
    }
    match thresholds.iter().find(|threshold| threshold.needs_audit()) {
        Some(threshold) => {
            Err(Fatal::usage(format!("threshold {}: give --audit", threshold.text())))
        }
        None => Ok(()),
    }
}

/// Those of the command line alone, for `once`: what a script demands of a load says nothing about one
/// chain.
///
/// # Errors
/// As [`of_load`].
pub(super) fn of_command_line(
    args: &RunArgs,
    scripts: &Scripts,
    scenarios: &[Scenario],
) -> Result<Vec<Threshold>, Fatal> {
    let labels = run_plan::labels(&scripts.list, scenarios);
    let mut thresholds: Vec<Threshold> = Vec::new();
    for threshold in &args.thresholds {
        let checked = threshold.check(&scripts.metrics, &labels);
        checked.map_err(|error| Fatal::usage(format!("--threshold: {error}")))?;
        if !thresholds.contains(threshold) {
            thresholds.push(threshold.clone());
        }
    }
    audited_if_needed(args, scripts, &thresholds)?;
    Ok(thresholds)
}
