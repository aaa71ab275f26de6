//! One script file with everything the rules need: parsed, walked, its imports followed.

use super::known::{Functions, Library};
use super::problem::Finding;
use super::uses::{Import, Uses, is_closure};
use crate::script::resolve::{self, StdlibSources};
use crate::script::source::{self, Parsed};
use rhai::{Engine, ParseError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A file.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// As the user named it, or the name of a stdlib module.
    pub(super) file: String,
    pub(super) text: String,
    /// Whether the user wrote it, so that its problems are worth telling.
    pub(super) local: bool,
    /// From the parser.
    pub(super) errors: Vec<ParseError>,
    /// Functions that do not parse; whatever is said about them would be a guess.
    pub(super) lost: Vec<String>,
    /// `None` when the top level does not parse.
    pub(super) uses: Option<Uses>,
    /// Its own functions, private ones too.
    pub(super) functions: Functions,
    /// What its importers see.
    pub(super) library: Rc<Library>,
    /// Its imports by alias; two functions may give one alias to two modules.
    pub(super) aliases: BTreeMap<String, Vec<Rc<Library>>>,
    /// The files behind them.
    pub(super) imports: Vec<Rc<Unit>>,
    /// Imports that lead nowhere.
    pub(super) findings: Vec<Finding>,
}

/// Reads units, each file once.
pub(super) struct Loader {
    engine: Engine,
    pub(super) stdlib: StdlibSources,
    units: BTreeMap<PathBuf, Rc<Unit>>,
    /// The files whose imports are being followed.
    loading: Vec<PathBuf>,
}

impl Loader {
    pub(super) fn new(mut engine: Engine, stdlib: StdlibSources) -> Self {
        // See `Uses::of` for why.
        engine.set_optimization_level(rhai::OptimizationLevel::None);
        engine.set_strict_variables(false);
        Self { engine, stdlib, units: BTreeMap::new(), loading: Vec::new() }
    }

    /// The script at `path`, which need not exist: `text` is what counts.
    pub(super) fn script(&mut self, path: &Path, text: &str) -> Rc<Unit> {
        self.load(path.to_owned(), Some(path), text)
    }

    /// What the parser says when it runs the script's way, with strict variables.
    pub(super) fn strict_error(&mut self, text: &str) -> Option<ParseError> {
        self.engine.set_strict_variables(true);
        let result = self.engine.compile(text);
        self.engine.set_strict_variables(false);
        result.err()
    }

    /// `path` is `None` for a stdlib module, whose `key` is its name.
    fn load(&mut self, key: PathBuf, path: Option<&Path>, text: &str) -> Rc<Unit> {
        let Parsed { ast, errors, lost } = source::parse(&self.engine, text);
        let mut unit = Unit {
            file: key.display().to_string(),
            text: text.to_owned(),
            local: path.is_some(),
            errors,
            lost,
            ..Unit::default()
        };
        self.loading.push(key.clone());
        if let Some(ast) = &ast {
            let uses = Uses::of(ast);
            uses.imports.iter().for_each(|import| self.follow(&mut unit, path, import));
            for function in ast.iter_functions().filter(|f| !is_closure(f.name)) {
                unit.functions.add_params(function.name, function.params.len());
            }
            let first = |(alias, libraries): (&String, &Vec<Rc<Library>>)| {
                Some((alias.clone(), libraries.first()?.clone()))
            };
            let modules = unit.aliases.iter().filter_map(first).collect();
            unit.library = Rc::new(Library::script(ast, &uses, modules));
            unit.uses = Some(uses);
        }
        if !unit.errors.is_empty() {
            unit.library = Rc::new(Library::opaque());
        }
        self.loading.pop();
        let unit = Rc::new(unit);
        self.units.insert(key, Rc::clone(&unit));
        unit
    }

    /// Adds what `import` leads to, or the finding that it leads nowhere.
    fn follow(&mut self, unit: &mut Unit, importer: Option<&Path>, import: &Import) {
        let library = match &import.name {
            // A computed name can be anything.
            None => Rc::new(Library::opaque()),
            Some(name) => match self.find(importer, name) {
                Ok(found) => {
                    unit.imports.push(Rc::clone(&found));
                    Rc::clone(&found.library)
                }
                Err((message, near)) => {
                    let finding = Finding::new(import.at, message);
                    unit.findings.push(finding.did_you_mean(near.as_deref()));
                    Rc::new(Library::opaque())
                }
            },
        };
        unit.aliases.entry(import.alias.clone()).or_default().push(library);
    }

    /// The unit behind an import, or a message and a near name.
    fn find(
        &mut self,
        importer: Option<&Path>,
        name: &str,
    ) -> Result<Rc<Unit>, (String, Option<String>)> {
        let found = resolve::find(&self.stdlib, importer, name);
        let (key, path, text) = match found {
            Ok(resolve::Import::Stdlib { name, text }) => (name.into(), None, text.to_owned()),
            Ok(resolve::Import::Local { path, text }) => (path.clone(), Some(path), text),
            Err(error) => return Err((error.to_string(), error.did_you_mean)),
        };
        if self.loading.contains(&key) {
            return Err((format!("import \"{name}\" leads back to this file"), None));
        }
        match self.units.get(&key) {
            Some(unit) => Ok(Rc::clone(unit)),
            None => Ok(self.load(key, path.as_deref(), &text)),
        }
    }
}
