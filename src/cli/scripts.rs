//! Reads scripts, has every problem in them told, and asks their `options()`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::args::{CaseArgs, ScriptArgs};
use crate::cli::choose_cases;
use crate::cli::script_files::{read_all, read_each};
use crate::error::Fatal;
use crate::host;
use crate::plan::case::Server;
use crate::plan::options::{Limits, ScriptOptions, default_name};
use crate::plan::run_plan::{Chain, Entry, Script};
use crate::script;
use crate::script::check::{Checker, Problem, render};
use crate::script::engine::HostModules;
use crate::script::loaded::LoadedScript;
use crate::script::resolve::StdlibSources;

/// Scripts that load, and what they use.
pub(super) struct Scripts {
    pub(super) list: Vec<Script>,
    pub(super) stdlib: StdlibSources,
    /// Modules that they call or import, directly or not.
    pub(super) modules: BTreeSet<String>,
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
    for (path, text) in &sources {
        problems.extend(checker.script(path, text));
        modules.extend(checker.modules(path, text));
    }
    if !problems.is_empty() {
        return Err(Fatal::script(format!(
            "scripts do not load\n{}",
            render(&problems).trim_end()
        )));
    }
    let host_modules = HostModules::new();
    let scripts = sources
        .into_iter()
        .map(|(path, text)| described(&host_modules, &stdlib, path, text, cases.expect))
        .collect::<Result<Vec<_>, _>>()?;
    distinct_names(&scripts)?;
    let scripts = choose_cases::choose(scripts, &cases.globs)?;
    some_weight(&scripts)?;
    for script in &scripts {
        for note in not_yet(script) {
            eprintln!("{}: {note}", script.path.display());
        }
    }
    Ok(Scripts { list: scripts, stdlib, modules, env })
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
    let host_modules = HostModules::new();
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
        match described(&host_modules, &modules, path.clone(), text, Server::default()) {
            Ok(script) => scripts.push(script),
            Err(error) => {
                let file = path.display().to_string();
                let message = error.message.trim_start_matches(&file).trim_start_matches(": ");
                problems.push(whole_file(&path, message.to_owned()));
            }
        }
    }
    Ok(Checked { problems, count, together: distinct_names(&scripts) })
}

/// A problem without a place of its own.
fn whole_file(path: &Path, message: String) -> Problem {
    Problem { file: path.display().to_string(), line: 1, column: 1, message, hint: None }
}

/// A script with what its `options()` says, and what its `cases()` returns if it has any.
///
/// # Errors
/// Exit 3 when one of them throws or returns what it must not.
fn described(
    host_modules: &HostModules,
    stdlib: &StdlibSources,
    path: PathBuf,
    text: String,
    server: Server,
) -> Result<Script, Fatal> {
    let engine = script::engine::build(host_modules, stdlib, &Limits::default());
    let script = LoadedScript::compile(engine, &path, &text)?;
    let mut name = default_name(&path);
    let entry = if script.arity("cases").is_some() {
        name = format!("bad/{name}");
        let cases = script.cases(server)?;
        Entry::Cases(cases.into_iter().map(|loaded| loaded.case).collect())
    } else {
        Entry::Chain
    };
    let options = ScriptOptions::read(&name, &script.options()?)
        .map_err(|error| Fatal::script(format!("{}: {error}", path.display())))?;
    Ok(Script { path, text, options, entry })
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
    let engine = script::engine::build(&HostModules::new(), stdlib, &Limits::default());
    Checker::new(engine, stdlib.clone(), host::OPTION_KEYS)
}

/// What the script asks for that this version knows but does not do: better told than ignored.
fn not_yet(script: &Script) -> Vec<&'static str> {
    let options = &script.options;
    let asked = [
        (!options.thresholds.is_empty(), "thresholds are not judged yet"),
        (!options.scenarios.is_empty(), "scenarios are not run yet"),
        (script.text.contains("fn ready()"), "ready() is not asked yet"),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).map(|(_, note)| note).collect()
}

/// Of several scripts at least one must be picked.
fn some_weight(scripts: &[Script]) -> Result<(), Fatal> {
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
