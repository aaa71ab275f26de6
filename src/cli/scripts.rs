//! Reads scripts, has every problem in them told, and asks their `options()`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::args::ScriptArgs;
use crate::error::Fatal;
use crate::host;
use crate::plan::options::{Limits, ScriptOptions};
use crate::plan::run_plan::Script;
use crate::script;
use crate::script::check::{Checker, Problem, render};
use crate::script::engine::HostModules;
use crate::script::loaded::LoadedScript;
use crate::script::resolve::StdlibSources;

/// Nobody writes a longer one; devices are endless.
const MAX_SCRIPT_BYTES: u64 = 4 * 1024 * 1024;

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

/// Reads what `--script` names.
///
/// # Errors
/// Exit 2 without scripts, 3 for those that cannot be read or do not load, with every problem.
pub(super) fn load(args: &ScriptArgs) -> Result<Scripts, Fatal> {
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
        .map(|(path, text)| with_options(&host_modules, &stdlib, path, text))
        .collect::<Result<Vec<_>, _>>()?;
    distinct_names(&scripts)?;
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
        // What `options()` returns is only looked at where it can be called.
        let sound = found.is_empty();
        problems.extend(found);
        if !sound {
            continue;
        }
        match with_options(&host_modules, &modules, path.clone(), text) {
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

/// A script with what its `options()` says.
///
/// # Errors
/// Exit 3 when `options()` throws or returns what it must not, or there is no `chain()`.
fn with_options(
    host_modules: &HostModules,
    stdlib: &StdlibSources,
    path: PathBuf,
    text: String,
) -> Result<Script, Fatal> {
    let engine = script::engine::build(host_modules, stdlib, &Limits::default());
    let script = LoadedScript::compile(engine, &path, &text)?;
    if script.arity("chain").is_none() {
        let told = "it has cases() and no chain(); this version runs chains only";
        return Err(Fatal::script(format!("{}: {told}", path.display())));
    }
    let options = script.options()?;
    let options = ScriptOptions::read(&path, &options)
        .map_err(|error| Fatal::script(format!("{}: {error}", path.display())))?;
    Ok(Script { path, text, options })
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

fn read_all(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Fatal> {
    let read = |(path, text): (PathBuf, std::io::Result<String>)| match text {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(Fatal::script(format!("cannot read {}: {error}", path.display()))),
    };
    read_each(paths)?.into_iter().map(read).collect()
}

/// The scripts at `paths` and in folders there, each with its text or why there is none.
fn read_each(paths: &[PathBuf]) -> Result<Vec<(PathBuf, std::io::Result<String>)>, Fatal> {
    if paths.is_empty() {
        return Err(Fatal::usage(
            "no script given; add --script FILE, such as --script scripts/new_authz.rhai",
        ));
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(scripts_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    let read = |path: PathBuf| {
        let text = read_script(&path);
        (path, text)
    };
    Ok(files.into_iter().map(read).collect())
}

fn read_script(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    if file.take(MAX_SCRIPT_BYTES + 1).read_to_string(&mut text)? as u64 > MAX_SCRIPT_BYTES {
        let told = format!("it is longer than {MAX_SCRIPT_BYTES} bytes; is it a script?");
        return Err(std::io::Error::other(told));
    }
    Ok(text)
}

/// The `*.rhai` files of a folder, sorted.
fn scripts_in(folder: &Path) -> Result<Vec<PathBuf>, Fatal> {
    let failed =
        |why: String| Fatal::script(format!("cannot read the folder {}: {why}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(|error| failed(error.to_string()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rhai"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(failed("it holds no *.rhai file".to_owned()));
    }
    Ok(files)
}

/// What the script asks for that this version knows but does not do: better told than ignored.
fn not_yet(script: &Script) -> Vec<&'static str> {
    let options = &script.options;
    let asked = [
        (!options.thresholds.is_empty(), "thresholds are not judged yet"),
        (!options.columns.is_empty(), "columns are not written yet"),
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

/// Measurements are told apart by chain name.
fn distinct_names(scripts: &[Script]) -> Result<(), Fatal> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for script in scripts {
        if let Some(other) = seen.insert(&script.options.name, &script.path) {
            return Err(Fatal::script(format!(
                "{} and {} are both named `{}`; give one another name in its options()",
                other.display(),
                script.path.display(),
                script.options.name
            )));
        }
    }
    Ok(())
}
