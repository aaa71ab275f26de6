//! `hammer`, `seq`, `aseq`: a load profile.

use std::sync::Arc;

use crate::attacker::orders::Tickets;
use crate::cli::args::RunArgs;
use crate::cli::counterparts::{self, Counterparts};
use crate::cli::preflight::Opens;
use crate::cli::scripts::{self, Scripts};
use crate::cli::watch::Console;
use crate::cli::{lifecycle, preflight, sinks, summary};
use crate::error::{Exit, Fatal};
use crate::plan::run_plan::RunPlan;
use crate::plan::settings::Settings;
use crate::profile::{PROFILES, Profile};
use crate::scheduler::{Conductor, ObserverFactory, RunEnd, ShardStart, Signals};

pub(super) fn run(
    profile: &str,
    arguments: &[&str],
    args: &RunArgs,
    typed: Vec<String>,
) -> Result<Exit, Fatal> {
    let profile = parse_profile(profile, arguments)?;
    let scripts = scripts::load(&args.script, &args.cases)?;
    summary::check_writable(args.target.summary.as_deref())?;
    let opened = sinks::open(&args.sinks.options(), &[args.target.summary.as_deref()])?;
    preflight::check_open_files(profile.most_attackers(), opens(&scripts, args))?;
    let counterparts = counterparts::start(&scripts, &args.target)?;
    for note in &counterparts.notes {
        eprintln!("{note}");
    }
    let plan = Arc::new(plan(scripts, profile, args, typed, &counterparts));
    eprintln!("seed: {}", plan.settings.seed);
    let mut start = shard_start(&plan, &counterparts, None);
    start.data = Arc::new(lifecycle::setup(&start)?);
    let mut load = start.clone();
    let sinks = opened.start(&plan, &mut load)?;
    let mut console = Console::new(&plan, sinks.news());
    let started = summary::Started::now();
    let result = runtime()?.block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
        Conductor::run(load, &mut console, &mut signals).await
    });
    console.finish();
    let interrupted = result.as_ref().is_ok_and(|result| result.end == RunEnd::Interrupted);
    let told = sinks.finish(interrupted)?;
    let torn_down = match &result {
        Ok(result) if result.end == RunEnd::Interrupted => {
            lifecycle::skip_teardown(&start);
            Exit::Ok
        }
        _ => lifecycle::teardown(&start),
    };
    let file = args.target.summary.as_deref();
    let exit = summary::conclude(&plan, &result?, &started, Vec::new(), told, file)?;
    Ok(if exit == Exit::Ok { torn_down } else { exit })
}

fn parse_profile(name: &str, arguments: &[&str]) -> Result<Profile, Fatal> {
    let known = PROFILES.iter().find(|kind| kind.name == name);
    let kind = known.ok_or_else(|| Fatal::usage(format!("unknown profile `{name}`")))?;
    (kind.parse)(arguments).map_err(Fatal::usage)
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

/// The whole run as data.
pub(super) fn plan(
    scripts: Scripts,
    profile: Profile,
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
        directory: counterparts.directory.clone(),
    };
    let attackers = profile.most_attackers().max(1) as usize;
    let shards = args.shards.map_or_else(preflight::cores, usize::from).min(attackers);
    RunPlan {
        command: command_line(typed),
        target: counterparts.target.clone(),
        scripts: scripts.list,
        stdlib: scripts.stdlib,
        profile,
        iterations: args.iterations,
        duration: args.duration,
        stop_timeout: args.stop_timeout,
        shards,
        env: scripts.env,
        settings: Arc::new(settings),
        server: args.cases.expect,
        sinks: args.sinks.options(),
    }
}

/// What was typed, beginning with the program's bare name.
fn command_line(mut typed: Vec<String>) -> String {
    if let Some(program) = typed.first_mut() {
        "coyote".clone_into(program);
    }
    typed.join(" ")
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
        observer,
        tickets: Arc::new(Tickets::new(plan.iterations)),
        data: Arc::default(),
        outlets: Arc::default(),
    }
}
