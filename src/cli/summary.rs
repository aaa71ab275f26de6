//! The end of a run: the summary on stdout and, with `--summary` and `--report`, as files.

use std::time::SystemTime;

use crate::cli::outputs::Outputs;
use crate::cli::tables::Tables;
use crate::cli::{output, readiness};
use crate::db::database::Database;
use crate::error::{Exit, Fatal};
use crate::plan::run_plan::RunPlan;
use crate::plan::scenario::Scenario;
use crate::record::audit_block::AuditBlock;
use crate::record::case_block::CaseBlock;
use crate::record::environment::EnvironmentBlock;
use crate::record::process::ProcessUsage;
use crate::record::summarise::RunInfo;
use crate::record::summary::Summary;
use crate::record::threshold::{self, Span};
use crate::scheduler::{RunEnd, RunResult};
use crate::sink::human;
use crate::sink::pump;
use crate::sink::style::Style;
use crate::sink::text;

/// The moment when a run began.
pub(super) struct Started {
    at: SystemTime,
    usage: ProcessUsage,
    tables: Option<Tables>,
}

impl Started {
    /// It begins as soon as the tables of its database, if it has one, are counted.
    ///
    /// # Errors
    /// Exit 4 when the system grants no runtime for that.
    pub(super) fn now(database: Option<&Database>) -> Result<Self, Fatal> {
        let tables = database.map(Tables::before).transpose()?;
        Ok(Self { at: SystemTime::now(), usage: ProcessUsage::now(), tables })
    }
}

/// What else came of a run.
#[derive(Debug)]
pub(super) struct Ended {
    /// Of `once`, how its cases ended.
    pub(super) cases: Vec<CaseBlock>,
    /// What the audit found.
    pub(super) audit: Option<AuditBlock>,
    /// What the reader should know besides.
    pub(super) warnings: Vec<String>,
    /// What the sinks of each event lack.
    pub(super) sinks: pump::Ended,
}

/// Shows what a run measured and what else came of it; returns the run's exit code.
///
/// # Errors
/// Exit 4 when a file cannot be written; the text has been shown by then.
pub(super) fn conclude(
    plan: &RunPlan,
    result: &mut RunResult,
    started: &Started,
    ended: Ended,
    outputs: Outputs<'_>,
) -> Result<Exit, Fatal> {
    let info = RunInfo {
        started: started.at,
        duration: result.took,
        command: plan.command.clone(),
        target: plan.target.clone(),
        expect: plan.server.as_str().to_owned(),
        cases: ended.cases,
        stages: result.stages.clone(),
        attackers_max: result.most_attackers,
        usage: ProcessUsage::now().since(started.usage),
    };
    let is_unmade = matches!(ended.audit, Some(AuditBlock::Unmade(_)));
    if let Some(audit) = &ended.audit {
        result.totals.audited(audit);
    }
    let mut summary = Summary::build(&result.totals, &info);
    summary.audit = ended.audit;
    summary.environment = Some(environment(plan));
    let span = Span { whole: result.took, stages: &info.stages, labels: result.totals.labels() };
    let (thresholds, hints) =
        threshold::judge(&plan.thresholds, &result.totals, &span, result.ended_by);
    let breached = thresholds.iter().any(|threshold| !threshold.ok);
    summary.thresholds = thresholds;
    summary.warnings.extend(hints);
    for (chain, after) in &result.eligible {
        summary.eligible(chain, *after);
    }
    let chains = summary.totals.chains.count + result.interrupted;
    summary.warnings.extend(readiness::warnings(plan, result, chains));
    summary.warnings.extend(interruption(result));
    summary.warnings.extend(dropped(plan, &summary));
    summary.warnings.extend(unreached(plan, result));
    summary.warnings.extend(ended.warnings);
    summary.warnings.extend(ended.sinks.warnings);
    if let Some(tables) = &started.tables {
        let (rows, warnings) = tables.after(result.end)?;
        summary.database = Some(rows);
        summary.warnings.extend(warnings);
    }
    output::print(&text::render(&summary, Style::of_stdout()));
    outputs.write(summary, ended.sinks.timeline)?;
    let ended = match result.end {
        // Nobody knows whether anything was lost, and who asked for a log counts on what is in it: nothing
        // may take this for a good end.
        RunEnd::Finished if is_unmade || ended.sinks.incomplete => Exit::Setup,
        RunEnd::Finished => Exit::Ok,
        RunEnd::Interrupted => Exit::Interrupted,
    };
    Ok(ended.or(if breached { Exit::Threshold } else { Exit::Ok }))
}

fn environment(plan: &RunPlan) -> EnvironmentBlock {
    let scripts = plan.scripts.iter().map(|script| script.path.display().to_string()).collect();
    EnvironmentBlock::here(plan.shards(), plan.labels().stages, scripts)
}

/// Stages that `--duration`, a threshold or Ctrl-C left out.
fn unreached(plan: &RunPlan, result: &RunResult) -> Option<String> {
    let all: usize = plan.scenarios.iter().map(|scenario| scenario.profile.stages().len()).sum();
    let reached = result.stages.len();
    (reached < all).then(|| {
        let left_out = human::counted((all - reached) as u64, "stage");
        format!("{left_out} of {all} never began: the run ended before")
    })
}

/// Chains of the open model that were due and did not start: what was measured is less than what was
/// asked for.
fn dropped(plan: &RunPlan, summary: &Summary) -> Vec<String> {
    let told = |scenario| dropped_of(plan, scenario, summary);
    plan.scenarios.iter().filter_map(told).collect()
}

fn dropped_of(plan: &RunPlan, scenario: &Scenario, summary: &Summary) -> Option<String> {
    let block = summary.scenarios.get(&scenario.name)?;
    if block.dropped_chains == 0 {
        return None;
    }
    let due = block.dropped_chains + block.chains.count;
    let (dropped, due) = (human::count(block.dropped_chains), human::count(due));
    let busy = match scenario.profile.most_attackers() {
        1 => "the only attacker was busy".to_owned(),
        most => format!("all {} attackers were busy", human::count(most.into())),
    };
    // A lone script is not asked.
    let unready = plan.scripts.len() > 1 && plan.scripts.iter().any(|script| script.has_ready);
    let or = if unready { ", or no script was ready" } else { "" };
    let who = match plan.scenarios.len() {
        1 => String::new(),
        _ => format!("{}: ", scenario.name),
    };
    Some(format!(
        "{who}{dropped} of {due} chains that were due were dropped: {busy}{or}; the load was \
         less than asked for (--max-attackers allows more)"
    ))
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
