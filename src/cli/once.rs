//! `coyote once`: each chain once, every request and answer shown; of cases those that fail, and at the
//! end a table of all.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::attacker::ground::{Ground, Measured};
use crate::attacker::life::{Turn, run_chain};
use crate::attacker::orders::Orders;
use crate::attacker::panics;
use crate::cli::alone::{Alone, Limit};
use crate::cli::args::RunArgs;
use crate::cli::load::{plan, shard_start};
use crate::cli::outputs::Outputs;
use crate::cli::transcript::Transcript;
use crate::cli::{
    audit, counterparts, lifecycle, metrics, output, preflight, scripts, shared, sinks, summary,
    thresholds,
};
use crate::error::{Exit, Fatal};
use crate::plan::expectation::Answer;
use crate::plan::run_plan::{Chain, RunPlan, Script};
use crate::plan::scenario::Scenario;
use crate::profile::Profile;
use crate::record::audit_block::AuditBlock;
use crate::record::case_block::{CaseBlock, CaseVerdict};
use crate::record::summarise::StageWindow;
use crate::scheduler::{RunEnd, RunResult};
use crate::script::failure::{Blame, ChainEnd, Failure};
use crate::sink::human::{counted, printable};

pub(super) fn run(args: &RunArgs, typed: Vec<String>) -> Result<Exit, Fatal> {
    let mut scripts = scripts::load(&args.script, &args.cases)?;
    let mut warnings = leave_out(&mut scripts.list, &args.cases.globs);
    let alone = Profile::steps([1], None);
    let scenarios = vec![Scenario::only(alone, &scripts.list, 1, &scripts.env)];
    let thresholds = thresholds::of_command_line(args, &scripts, &scenarios)?;
    metrics::refuse(args.sinks.prometheus)?;
    let outputs = Outputs::of(args);
    outputs.check_writable()?;
    let opened = sinks::open(&args.sinks.options(), &outputs.paths())?;
    let state = shared::open(args.state.as_deref())?;
    let counterparts = counterparts::start(&scripts, &args.target)?;
    for note in &counterparts.notes {
        output::line(note);
    }
    preflight::check_source_addrs(&args.target, 1)?;
    let by_script = scripts.make_audits();
    let plan = Arc::new(plan(scripts, scenarios, thresholds, args, typed, &counterparts));
    output::line(&format!("seed: {}", plan.settings.seed));
    let show = Show { transcript: Transcript::default(), every_case: !args.cases.globs.is_empty() };
    let mut start = shard_start(&plan, &counterparts, Some(show.transcript.observer()));
    start.state = Arc::clone(&state);
    start.audit = audit::begin(args.target.database.audit, by_script, &counterparts)?;
    start.data = Arc::new(lifecycle::setup(&start)?);
    panics::keep_quiet();
    let mut load = start.clone();
    let sinks = opened.start(&plan, &mut load)?;
    let ground = Rc::new(load.ground(0)?);
    drop(load);
    let started = summary::Started::now(counterparts.database.as_ref())?;
    let clock = Instant::now();
    let Ran { failed, cases, end, left_over } = run_all(&ground, &plan, &show)?;
    if left_over > 0 {
        warnings.push(format!("stopped before the end: {} never ran", counted(left_over, "chain")));
    }
    // What the sinks lack yet leaves the shard when its ground is taken apart.
    let measured = Ground::end(ground);
    let sinks = sinks.finish(end == RunEnd::Interrupted)?;
    let torn_down = shared::close(&state, lifecycle::teardown(&start));
    let lost = || Fatal::setup("internal: a chain outlived its run");
    let Measured { totals, interrupted, cut_off } = measured.ok_or_else(lost)?;
    let took = clock.elapsed();
    let mut result = RunResult {
        totals,
        took,
        stages: StageWindow::of(0, 0, &[Duration::ZERO], took),
        most_attackers: 1,
        interrupted,
        cut_off,
        eligible: Vec::new(),
        asked: Vec::new(),
        end,
        ended_by: None,
    };
    output::line("");
    let audit = audit::conclude(start.audit.as_deref(), args.target.database.audit, result.end)?;
    // Of one chain each, all that the CA said must be so.
    let failed = failed + usize::from(audit.as_ref().is_some_and(AuditBlock::has_findings));
    let ended = summary::Ended { cases, audit, warnings, sinks };
    let exit = summary::conclude(&plan, &mut result, &started, ended, outputs)?;
    Ok(exit.or(torn_down).or(if failed > 0 { Exit::ChainFailed } else { Exit::Ok }))
}

/// Takes out the scripts whose `options()` keep them out of `once` beside others, unless a `--case` asked
/// for them; returns what to say of them.
fn leave_out(scripts: &mut Vec<Script>, globs: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    if globs.is_empty() && scripts.iter().any(|script| script.options.once) {
        scripts.retain(|script| {
            if !script.options.once {
                let (name, path) = (&script.options.name, script.path.display());
                told.push(format!("{name} was left out; it runs alone: --script {path}"));
            }
            script.options.once
        });
    }
    told
}

/// What came of all chains.
struct Ran {
    failed: usize,
    /// Chains that a stop kept from running.
    left_over: u64,
    cases: Vec<CaseBlock>,
    end: RunEnd,
}

/// Runs every chain, one after another, as one attacker.
fn run_all(ground: &Rc<Ground>, plan: &RunPlan, show: &Show) -> Result<Ran, Fatal> {
    ground.orders.set(Orders { attackers: 1, ..Orders::NONE });
    let alone = Alone::on(ground);
    let work = async {
        let mut ran = Ran { failed: 0, left_over: 0, cases: Vec::new(), end: RunEnd::Finished };
        let chains = plan.chains();
        for (index, chain) in chains.iter().enumerate() {
            show.begins(chain);
            let turn = Turn { chain: index, number: index as u64, scheduled: None };
            let (end, answer) = run_chain(ground, &alone.attacker, &alone.bell, turn).await;
            let end = judged_by_checks(ground, index, end);
            show.ended(chain, &end);
            match &end {
                ChainEnd::Failed(_) => ran.failed += 1,
                ChainEnd::Stopped => {
                    ran.end = RunEnd::Interrupted;
                    ran.left_over = (chains.len() - index - 1) as u64;
                    break;
                }
                ChainEnd::Succeeded | ChainEnd::NotOffered(_) => {}
            }
            ran.cases.extend(case_block(chain, &end, answer.as_ref()));
        }
        ran
    };
    alone
        .run(Limit::None, work)
        .map_err(|error| Fatal::setup(format!("cannot start a runtime: {error}")))
}

/// What the table has about `chain`, if it is a case.
fn case_block(chain: &Chain, end: &ChainEnd, answer: Option<&Answer>) -> Option<CaseBlock> {
    let case = chain.case()?;
    let (verdict, failure) = match end {
        ChainEnd::Succeeded => (CaseVerdict::Passed, None),
        ChainEnd::Failed(failure) => (verdict(failure), Some(failure)),
        ChainEnd::NotOffered(failure) => (CaseVerdict::NotOffered, Some(failure)),
        ChainEnd::Stopped => return None,
    };
    // Without an answer, the kind of failure says what came instead: a timeout, a closed connection.
    let kind = failure.and_then(|failure| failure.kind.clone());
    let kind = kind.filter(|_| verdict == CaseVerdict::Failed);
    Some(CaseBlock {
        chain: chain.name.clone(),
        row: case.row,
        what: case.what.clone(),
        expected: case.expected.iter().map(ToString::to_string).collect(),
        got: answer.map(ToString::to_string).or(kind),
        verdict,
        error: failure.map(Failure::describe),
    })
}

/// What the failure of a case means.
const fn verdict(failure: &Failure) -> CaseVerdict {
    match failure.blame {
        Blame::Asked => CaseVerdict::Failed,
        Blame::Asking => CaseVerdict::Error,
    }
}

/// How chains are told on stdout.
struct Show {
    transcript: Transcript,
    /// Whether cases that pass are shown too: there are many, and one looks at those that fail.
    every_case: bool,
}

impl Show {
    fn begins(&self, chain: &Chain) {
        if chain.case().is_some() && !self.every_case {
            self.transcript.hold();
        }
        self.transcript.line(&format!("=== {}\n", chain.name));
    }

    fn ended(&self, chain: &Chain, end: &ChainEnd) {
        let told = match end {
            ChainEnd::Succeeded if chain.case().is_some() => "passed".to_owned(),
            ChainEnd::Succeeded => "succeeded".to_owned(),
            ChainEnd::NotOffered(failure) => format!("not offered: {}", failure.describe()),
            ChainEnd::Failed(failure)
                if chain.case().is_some() && failure.blame == Blame::Asking =>
            {
                format!("ERROR: {}", failure.describe())
            }
            ChainEnd::Failed(failure) => format!("FAILED: {}", failure.describe()),
            ChainEnd::Stopped => "stopped".to_owned(),
        };
        let of_interest = matches!(end, ChainEnd::Failed(_) | ChainEnd::Stopped);
        let shown = chain.case().is_none() || self.every_case || of_interest;
        if shown {
            self.transcript.release();
        } else {
            self.transcript.forget();
        }
        let empty_line = if shown { "\n" } else { "" };
        let name = &chain.name;
        self.transcript.line(&format!("=== {name}: {}{empty_line}", printable(&told)));
    }
}

/// A chain that returned fails all the same if a check did not hold: to a load they are figures, but
/// who runs a chain once wants to know whether all is well.
fn judged_by_checks(ground: &Ground, index: usize, end: ChainEnd) -> ChainEnd {
    let recorder = ground.context.recorder.borrow();
    let names: Vec<_> = recorder.failed_checks(index as u16).collect();
    match end {
        ChainEnd::Succeeded if !names.is_empty() => {
            let told = format!("checks that did not hold: {}", names.join("; "));
            ChainEnd::Failed(Failure::new(told))
        }
        end => end,
    }
}
