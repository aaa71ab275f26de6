//! Which commands there are, and how a command's end becomes an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Args, Command};

use crate::attacker::fiber::STACK_BYTES;
use crate::attacker::panics;
use crate::cli::args::{ApiArgs, ChallengeServerArgs, CheckArgs, PlanArgs, RunArgs};
use crate::cli::backend::{self, BackendArgs};
use crate::cli::ca_args::CaArgs;
use crate::cli::compare::{self, CompareArgs};
use crate::cli::report::ReportArgs;
use crate::cli::{
    api, ca, challenge_server, check, embedded_ca_args, load, once, output, plan, reorder, report,
};
use crate::error::{Exit, Fatal};
use crate::profile::PROFILES;
use crate::sink::human::printable;

/// The positional arguments of a profile's command.
pub(super) const PROFILE_ARGUMENTS: &str = "arguments";

/// Runs the command line and returns its exit code.
pub fn main() -> ExitCode {
    panics::install();
    run(&std::env::args_os().collect::<Vec<_>>())
}

fn run(arguments: &[OsString]) -> ExitCode {
    let command = command();
    let reordered = reorder::options_after_command(&command, arguments);
    let matches = match command.try_get_matches_from(reordered) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version go to stdout and are no failure; clap knows which is which.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 });
        }
    };
    let typed = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match on_large_stack(move || dispatch(&matches, typed)) {
        Ok(Exit::Ok) if output::failed() => ExitCode::from(Exit::Setup as u8),
        Ok(exit) => ExitCode::from(exit as u8),
        Err(fatal) => {
            eprintln!("coyote: {}", printable(&fatal.message));
            ExitCode::from(fatal.exit as u8)
        }
    }
}

/// `options()` and the attacker of `once` leave data on the program's own stack, nested as deep as
/// a script's limits allow; memory is only used where it is touched.
fn on_large_stack<T: Send>(work: impl FnOnce() -> Result<T, Fatal> + Send) -> Result<T, Fatal> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("coyote".to_owned()).stack_size(STACK_BYTES);
        let worker = worker
            .spawn_scoped(scope, work)
            .map_err(|error| Fatal::setup(format!("cannot start a thread: {error}")))?;
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn command() -> Command {
    let mut command = Command::new("coyote")
        .about("A scriptable load tester for ACME certificate authorities")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand_value_name("COMMAND")
        .override_usage(
            "coyote [OPTIONS] COMMAND\n       coyote --script scripts/new_authz.rhai hammer 100",
        );
    for kind in PROFILES {
        let arguments = Arg::new(PROFILE_ARGUMENTS).value_name(kind.usage).num_args(0..);
        let profile = Command::new(kind.name)
            .about(kind.about)
            .override_usage(format!("coyote {} {} [OPTIONS]", kind.name, kind.usage))
            .arg(arguments.hide_possible_values(true));
        command = command.subcommand(with_run_args::<RunArgs>(profile));
    }
    let plan = Command::new("plan")
        .about("Run the scenarios that the scripts' own options() declare, in parallel");
    let once = Command::new("once")
        .about("Run each chain once, showing every request and answer; exit 1 if one fails");
    let check = Command::new("check")
        .about("Parse scripts and resolve every call against the API; run nothing");
    let api = Command::new("api").about("Print the script API, from the code's own doc comments");
    let compare = Command::new("compare").about(
        "Compare a run's summary with another's; exit 99 if it is worse than --fail-if allows",
    );
    let ca = Command::new("ca").about("Run the embedded certificate authority alone");
    let challenge_server = Command::new("challenge-server").about("Run the challenge server alone");
    let backend = Command::new("backend")
        .about("Run a server to stand behind a proxy, or in for a service by --routes");
    let report = Command::new("report").about("Make an HTML report of what --log wrote");
    let command = command
        .subcommand(with_run_args::<PlanArgs>(plan))
        .subcommand(with_run_args::<RunArgs>(once))
        .subcommand(with::<CheckArgs>(check))
        .subcommand(with::<ApiArgs>(api))
        .subcommand(with::<CompareArgs>(compare))
        .subcommand(with::<CaArgs>(ca))
        .subcommand(with::<ChallengeServerArgs>(challenge_server))
        .subcommand(with::<BackendArgs>(backend))
        .subcommand(with::<ReportArgs>(report));
    // For its help, and so that `reorder` knows which options take a value: none is parsed here.
    with_run_args::<PlanArgs>(command)
}

/// With --directory no embedded CA is started, and its options would silently do nothing.
fn with_run_args<T: Args>(command: Command) -> Command {
    with::<T>(command).mut_args(|option| match option.get_help_heading() {
        Some(embedded_ca_args::HEADING) => option.conflicts_with("directory"),
        _ => option,
    })
}

/// `command` with the options of `T`, but its own description.
fn with<T: Args>(command: Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    T::augment_args(command).about(about).long_about(None)
}

fn dispatch(matches: &ArgMatches, typed: Vec<String>) -> Result<Exit, Fatal> {
    let Some((name, matches)) = matches.subcommand() else {
        return Err(Fatal::usage("no command; see coyote --help"));
    };
    match name {
        "plan" => plan::run(&parsed(matches)?, typed),
        "once" => once::run(&parsed(matches)?, typed),
        "check" => check::run(&parsed(matches)?),
        "compare" => compare::run(&parsed(matches)?),
        "api" => api::run(&parsed(matches)?),
        "ca" => ca::run(&parsed(matches)?),
        "challenge-server" => challenge_server::run(&parsed(matches)?),
        "backend" => backend::run(&parsed(matches)?),
        "report" => report::run(&parsed(matches)?),
        profile => {
            let arguments: Vec<&str> = matches
                .get_many::<String>(PROFILE_ARGUMENTS)
                .map(|values| values.map(String::as_str).collect())
                .unwrap_or_default();
            load::by_profile(profile, &arguments, &parsed(matches)?, typed)
        }
    }
}

fn parsed<T: clap::FromArgMatches>(matches: &ArgMatches) -> Result<T, Fatal> {
    T::from_arg_matches(matches).map_err(|error| Fatal::usage(error.to_string()))
}
