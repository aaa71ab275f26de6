//! Reads scripts, has every problem in them told, and asks their `options()`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::args::{CaseArgs, ScriptArgs};
use crate::cli::choose_cases;
use crate::cli::script_files::{read_all, read_each};
use crate::error::Fatal;
use crate::host;
use crate::nearest::nearest;
use crate::plan::case::{CaseError, Server};
use crate::plan::options::{Limits, ScenarioOptions, ScriptOptions, default_name};
use crate::plan::run_plan::{Chain, Entry, Script};
use crate::record::threshold::MetricNames;
use crate::script;
use crate::script::cases::CasesError;
use crate::script::check::{Checker, Problem, render};
use crate::script::engine::Modules;
use crate::script::loaded::LoadedScript;
use crate::script::resolve::StdlibSources;
use crate::script::source::member_position;

/// Scripts that load, and what they use.
pub(super) struct Scripts {
    pub(super) list: Vec<Script>,
    pub(super) stdlib: StdlibSources,
    /// Modules that they call or import, directly or not.
    pub(super) modules: BTreeSet<String>,
    /// Metrics that they make themselves.
    pub(super) metrics: MetricNames,
    pub(super) env: BTreeMap<String, String>,
}

impl Scripts {
    /// Whether they speak ACME, of any age, and so need a directory.
    pub(super) fn use_acme(&self) -> bool {
        self.use_rfc_8555() || self.use_acme_v1()
    }

    /// Whether they speak RFC 8555.
    pub(super) fn use_rfc_8555(&self) -> bool {
        self.modules.contains("acme")
    }

    /// Whether they speak the ACME of 2015.
    pub(super) fn use_acme_v1(&self) -> bool {
        self.modules.contains("acme_v1")
    }

    /// Whether they ask the CA's database.
    pub(super) fn use_database(&self) -> bool {
        self.modules.contains("db")
    }

    /// Whether they compare what the CA confirms with its database. A false hit costs only the notes.
    pub(super) fn make_audits(&self) -> bool {
        let calls = |text: &str| text.contains("::audit(") || text.contains("audit::make(");
        self.list.iter().any(|script| calls(&script.text))
    }

    /// Whether they publish challenges.
    pub(super) fn use_challenges(&self) -> bool {
        self.modules.contains("challenge")
    }
}

/// Reads what `--script` names, and leaves what `--case` does.
///
/// # Errors
/// Exit 2 without scripts or when a `--case` matches none, 3 for scripts that cannot be read or do not
/// load, with every problem.
pub(super) fn load(args: &ScriptArgs, cases: &CaseArgs) -> Result<Scripts, Fatal> {
    let stdlib = script::stdlib::sources(args.stdlib.as_deref())?;
    let env = install_env(args);
    let sources = read_all(&args.scripts)?;
    let mut checker = checker(&stdlib);
    let mut problems = stdlib_problems(&mut checker, args.stdlib.as_deref(), &stdlib);
    let mut modules = BTreeSet::new();
    let mut metrics = MetricNames::default();
    for (path, text) in &sources {
        problems.extend(checker.script(path, text));
        modules.extend(checker.modules(path, text, sources.len() > 1));
        metrics.merge(checker.metrics(path, text));
    }
    do_load(&problems)?;
    let thread_modules = Modules::new(&stdlib);
    let mut scripts = Vec::with_capacity(sources.len());
    for (path, text) in sources {
        match described(&thread_modules, path, text, cases.expect) {
            Ok(script) => scripts.push(script),
            Err(found) => problems.extend(found),
        }
    }
    do_load(&problems)?;
    distinct_names(&scripts)?;
    let scripts = choose_cases::choose(scripts, &cases.globs)?;
    Ok(Scripts { list: scripts, stdlib, modules, metrics, env })
}

/// Fails with all `problems`, if there are any.
fn do_load(problems: &[Problem]) -> Result<(), Fatal> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Fatal::script(format!("scripts do not load\n{}", render(problems).trim_end())))
}

/// Has `options()` see what `-e` says.
fn install_env(args: &ScriptArgs) -> BTreeMap<String, String> {
    let env = args.env.iter().cloned().collect();
    script::env::install(&env);
    env
}

/// What `check` finds.
pub(super) struct Checked {
    /// What is wrong with each script.
    pub(super) problems: Vec<Problem>,
    /// How many scripts there are.
    pub(super) count: usize,
    /// What is wrong with them together, though with none of them.
    pub(super) together: Result<(), Fatal>,
}

/// Every problem of the scripts at `paths`.
///
/// # Errors
/// Exit 2 without scripts, 3 for a folder that cannot be read.
pub(super) fn check(paths: &[PathBuf], args: &ScriptArgs) -> Result<Checked, Fatal> {
    install_env(args);
    let stdlib = args.stdlib.as_deref();
    let modules = script::stdlib::sources(stdlib)?;
    let mut checker = checker(&modules);
    let sources = read_each(paths)?;
    let mut problems = stdlib_problems(&mut checker, stdlib, &modules);
    let thread_modules = Modules::new(&modules);
    let count = sources.len();
    let mut scripts = Vec::new();
    for (path, text) in sources {
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                problems.push(whole_file(&path, format!("it cannot be read: {error}")));
                continue;
            }
        };
        let found = checker.script(&path, &text);
        // What `options()` and `cases()` return is only looked at where they can be called.
        let sound = found.is_empty();
        problems.extend(found);
        if !sound {
            continue;
        }
        match described(&thread_modules, path, text, Server::default()) {
            Ok(script) => scripts.push(script),
            Err(found) => problems.extend(found),
        }
    }
    Ok(Checked { problems, count, together: distinct_names(&scripts) })
}

/// A problem without a place of its own.
fn whole_file(path: &Path, message: String) -> Problem {
    Problem { file: path.display().to_string(), at: None, message, hint: None }
}

/// What went wrong with the script at `path` as a whole, whose message may begin with its name.
fn unplaced(path: &Path, error: &Fatal) -> Vec<Problem> {
    let file = path.display().to_string();
    let message = error.message.trim_start_matches(&file).trim_start_matches(": ");
    vec![whole_file(path, message.to_owned())]
}

/// What is wrong with the cases in `text`, each where it is, if that can be told.
fn wrong_cases(path: &Path, text: &str, error: CasesError) -> Vec<Problem> {
    let wrong = match error {
        CasesError::Failed(error) => return unplaced(path, &error),
        CasesError::Wrong(wrong) => wrong,
    };
    let problem = |wrong: CaseError| Problem {
        at: wrong.name.as_deref().and_then(|name| member_position(text, "name", name)),
        ..whole_file(path, wrong.error.to_string())
    };
    wrong.into_iter().map(problem).collect()
}

/// A script with what its `options()` says, and what its `cases()` returns if it has any.
///
/// # Errors
/// All that is wrong with what they return, or that one of them throws.
fn described(
    thread_modules: &Modules,
    path: PathBuf,
    text: String,
    server: Server,
) -> Result<Script, Vec<Problem>> {
    let unplaced = |error: Fatal| unplaced(&path, &error);
    let engine = script::engine::build(thread_modules, &Limits::default());
    let script = LoadedScript::compile(engine, &path, &text).map_err(unplaced)?;
    let mut name = default_name(&path);
    let entry = if script.arity("cases").is_some() {
        name = format!("bad/{name}");
        let cases = script.cases(server).map_err(|error| wrong_cases(&path, &text, error))?;
        Entry::Cases(cases.into_iter().map(|loaded| loaded.case).collect())
    } else {
        Entry::chain()
    };
    let options = script.options().map_err(unplaced)?;
    let options = ScriptOptions::read(&name, &options)
        .map_err(|error| vec![whole_file(&path, error.to_string())])?;
    let problems = wrong_execs(&script, &path, &text, &options, &entry);
    if !problems.is_empty() {
        return Err(problems);
    }
    let has_ready = script.arity("ready").is_some();
    Ok(Script { path, text, options, entry, has_ready })
}

/// The scenarios whose `exec` cannot be called.
fn wrong_execs(
    script: &LoadedScript,
    path: &Path,
    text: &str,
    options: &ScriptOptions,
    entry: &Entry,
) -> Vec<Problem> {
    let wrong = |(name, scenario): (&String, &ScenarioOptions)| {
        let exec = scenario.exec.as_ref()?;
        let told = match (entry, script.arity(exec)) {
            (Entry::Cases(_), _) => "a script with cases runs these; leave `exec` out".to_owned(),
            (Entry::Functions(_), Some(0 | 1)) => return None,
            (Entry::Functions(_), Some(parameters)) => format!(
                "`{exec}` has {parameters} parameters; write `fn {exec}()` or `fn {exec}(data)`"
            ),
            (Entry::Functions(_), None) => {
                let near = nearest(exec, script.functions());
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                format!("there is no function `{exec}`{hint}")
            }
        };
        let message = format!("options().scenarios.{name}.exec: {told}");
        Some(Problem { at: member_position(text, "exec", exec), ..whole_file(path, message) })
    };
    options.scenarios.iter().filter_map(wrong).collect()
}

/// The problems of `--stdlib DIR`; the embedded modules are checked by a test.
fn stdlib_problems(
    checker: &mut Checker<'_>,
    folder: Option<&Path>,
    modules: &StdlibSources,
) -> Vec<Problem> {
    let Some(folder) = folder else { return Vec::new() };
    let path = |name: &String| folder.join(name).with_extension("rhai");
    modules.iter().flat_map(|(name, text)| checker.module(&path(name), text)).collect()
}

fn checker(stdlib: &StdlibSources) -> Checker<'static> {
    let engine = script::engine::build(&Modules::new(stdlib), &Limits::default());
    Checker::new(engine, stdlib.clone(), host::OPTION_KEYS)
}

/// Of several scripts at least one must be picked.
///
/// # Errors
/// Exit 3 when none would be.
pub(super) fn some_weight(scripts: &[Script]) -> Result<(), Fatal> {
    if scripts.len() > 1 && scripts.iter().all(|script| script.options.weight == 0.0) {
        return Err(Fatal::script("every script has weight 0, so none would be picked"));
    }
    Ok(())
}

/// Measurements are told apart by chain name, and keep its number in 16 bits.
fn distinct_names(scripts: &[Script]) -> Result<(), Fatal> {
    let chains: Vec<Chain> =
        scripts.iter().enumerate().flat_map(|(at, script)| script.chains(at)).collect();
    if chains.len() > usize::from(u16::MAX) {
        let told = format!("{} chains are more than {} in one run", chains.len(), u16::MAX);
        return Err(Fatal::script(told));
    }
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for chain in &chains {
        let path = &scripts[chain.script].path;
        if let Some(other) = seen.insert(&chain.name, path) {
            return Err(Fatal::script(format!(
                "{} and {} are both named `{}`; give one another name in its options()",
                other.display(),
                path.display(),
                chain.name
            )));
        }
    }
    Ok(())
}
