//! Running load: `hammer`, `seq`, `aseq`, `rate` and `ramp`, and what `plan` shares with them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::attacker::orders::Tickets;
use crate::attacker::readiness::Readiness;
use crate::cli::args::RunArgs;
use crate::cli::counterparts::{self, Counterparts};
use crate::cli::outputs::Outputs;
use crate::cli::preflight::Opens;
use crate::cli::scripts::{self, Scripts};
use crate::cli::watch::Console;
use crate::cli::{
    audit, database, lifecycle, metrics, preflight, shared, sinks, summary, thresholds,
};
use crate::error::{Exit, Fatal};
use crate::plan::run_plan::RunPlan;
use crate::plan::scenario::Scenario;
use crate::plan::settings::Settings;
use crate::plan::timeline::{most_attackers, timeline};
use crate::profile::{self, Profile};
use crate::record::threshold::Threshold;
use crate::scheduler::{Conductor, ObserverFactory, RunEnd, ShardStart, Signals};

/// Runs the scripts by the profile that the command line gives.
pub(super) fn by_profile(
    profile: &str,
    arguments: &[&str],
    args: &RunArgs,
    typed: Vec<String>,
) -> Result<Exit, Fatal> {
    let profile = parse_profile(profile, arguments, args.max_attackers)?;
    let scripts = scripts::load(&args.script, &args.cases)?;
    scripts::some_weight(&scripts.list)?;
    let scenario = Scenario::only(profile, &scripts.list, most_shards(args), &scripts.env);
    run(scripts, vec![scenario], args, typed)
}

/// Runs these scenarios of the scripts, in parallel.
pub(super) fn run(
    scripts: Scripts,
    scenarios: Vec<Scenario>,
    args: &RunArgs,
    typed: Vec<String>,
) -> Result<Exit, Fatal> {
    let thresholds = thresholds::of_load(args, &scripts, &scenarios)?;
    let outputs = Outputs::of(args);
    outputs.check_writable()?;
    let opened = sinks::open(&args.sinks.options(), &outputs.paths())?;
    let metrics = metrics::serve(args.sinks.prometheus)?;
    let state = shared::open(args.state.as_deref())?;
    let most_attackers = most_attackers(&timeline(&scenarios, args.duration));
    preflight::check_open_files(most_attackers, opens(&scripts, args))?;
    preflight::check_source_addrs(&args.target, most_attackers)?;
    let counterparts = counterparts::start(&scripts, &args.target)?;
    for note in &counterparts.notes {
        eprintln!("{note}");
    }
    let by_script = scripts.make_audits();
    let plan = Arc::new(plan(scripts, scenarios, thresholds, args, typed, &counterparts));
    eprintln!("seed: {}", plan.settings.seed);
    let mut start = shard_start(&plan, &counterparts, None);
    start.state = Arc::clone(&state);
    start.audit = audit::begin(args.target.database.audit, by_script, &counterparts)?;
    start.data = Arc::new(lifecycle::setup(&start)?);
    start.readiness = readiness(&plan);
    let mut load = start.clone();
    let sinks = opened.start(&plan, &mut load)?;
    load.live = metrics.as_ref().map(|server| server.begin(plan.shards()));
    let mut console = Console::new(&plan, sinks.news());
    let started = summary::Started::now(counterparts.database.as_ref())?;
    let result = runtime()?.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
        Conductor::run(load, &mut console, &mut signals).await
    });
    console.finish();
    let interrupted = result.as_ref().is_ok_and(|result| result.end == RunEnd::Interrupted);
    let sinks = sinks.finish(interrupted)?;
    let torn_down = match &result {
        Ok(result) if result.end == RunEnd::Interrupted => {
            lifecycle::skip_teardown(&start);
            Exit::Ok
        }
        _ => lifecycle::teardown(&start),
    };
    let torn_down = shared::close(&state, torn_down);
    let mut result = result?;
    let ended = summary::Ended {
        cases: Vec::new(),
        warnings: Vec::new(),
        sinks,
        audit: audit::conclude(start.audit.as_deref(), args.target.database.audit, result.end)?,
    };
    let exit = summary::conclude(&plan, &mut result, &started, ended, outputs)?;
    Ok(exit.or(torn_down))
}

/// Several scripts are asked whether they are ready; a lone one has nothing to give way to.
fn readiness(plan: &RunPlan) -> Option<Arc<Readiness>> {
    let asked = || plan.scripts.iter().map(|script| script.has_ready);
    let asks = plan.scripts.len() > 1 && asked().any(|asked| asked);
    asks.then(|| Arc::new(Readiness::new(asked())))
}

fn parse_profile(
    name: &str,
    arguments: &[&str],
    max_attackers: Option<u32>,
) -> Result<Profile, Fatal> {
    let profile = profile::named(name, arguments).map_err(Fatal::usage)?;
    match max_attackers {
        Some(most) if profile.is_open() => Ok(profile.with_max_attackers(most)),
        Some(_) => Err(Fatal::usage(format!(
            "--max-attackers is for rate and ramp; {name} says itself how many there are"
        ))),
        None => Ok(profile),
    }
}

fn opens(scripts: &Scripts, args: &RunArgs) -> Opens {
    match (scripts.use_challenges(), scripts.use_acme() && args.target.directory.is_none()) {
        (_, true) => Opens::BothEnds,
        (true, false) => Opens::Validation,
        (false, false) => Opens::Connection,
    }
}

/// The runtime of the run loop, apart from the shards' own.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Fatal> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fatal::setup(format!("cannot start a runtime: {error}")))
}

/// The threads that a scenario may have for its attackers.
pub(super) fn most_shards(args: &RunArgs) -> usize {
    args.shards.map_or_else(preflight::cores, usize::from)
}

/// The whole run as data.
pub(super) fn plan(
    scripts: Scripts,
    scenarios: Vec<Scenario>,
    thresholds: Vec<Threshold>,
    args: &RunArgs,
    typed: Vec<String>,
    counterparts: &Counterparts,
) -> RunPlan {
    let target = &args.target;
    let settings = Settings {
        seed: target.seed.unwrap_or_else(rand::random),
        domain_base: target.domain_base.clone(),
        headers: target.headers.clone(),
        connections: target.connections,
        source_addrs: target.source_addrs,
        directory: counterparts.directory.clone(),
    };
    RunPlan {
        command: command_line(typed),
        target: counterparts.target.clone(),
        scripts: scripts.list,
        stdlib: scripts.stdlib,
        scenarios,
        iterations: args.iterations,
        duration: args.duration,
        stop_timeout: args.stop_timeout,
        settings: Arc::new(settings),
        server: args.cases.expect,
        sinks: args.sinks.options(),
        thresholds,
    }
}

/// What was typed, beginning with the program's bare name, as a shell takes it.
fn command_line(mut typed: Vec<String>) -> String {
    if let Some(program) = typed.first_mut() {
        "coyote".clone_into(program);
    }
    database::hide_passwords(&mut typed);
    typed.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// `word` so that a shell leaves it as it is.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+:,./@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// What each shard starts from.
pub(super) fn shard_start(
    plan: &Arc<RunPlan>,
    counterparts: &Counterparts,
    observer: Option<ObserverFactory>,
) -> ShardStart {
    ShardStart {
        plan: Arc::clone(plan),
        client_options: counterparts.client_options.clone(),
        challenges: Arc::clone(&counterparts.challenges),
        database: counterparts.database.clone(),
        claims: Arc::default(),
        state: Arc::default(),
        audit: None,
        observer,
        tickets: Arc::new(Tickets::new(plan.iterations)),
        readiness: None,
        data: Arc::default(),
        outlets: Arc::default(),
        live: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_can_be_pasted() {
        let typed = ["/bin/coyote", "once", "--case", "any-post/*", "-e", "A=it's", ""];
        let told = command_line(typed.map(str::to_owned).to_vec());
        assert_eq!(told, r"coyote once --case 'any-post/*' -e 'A=it'\''s' ''");
    }
}
