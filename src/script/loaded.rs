//! A script that is compiled and ready to be called on one thread.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rhai::{AST, CallFnOptions, Dynamic, Engine, FuncArgs, Position, Scope};

use crate::attacker::{fiber, panics};
use crate::error::Fatal;
use crate::script::failure::{self, ChainEnd};

/// What `options()` or `cases()` may take before it is thought to be stuck.
const LOAD_TIME: Duration = Duration::from_secs(2);

/// A compiled script with the engine that runs it.
pub struct LoadedScript {
    engine: Engine,
    ast: AST,
    file: String,
    folder: Rc<Path>,
}

impl LoadedScript {
    /// Compiles `text`, which was read from `path`.
    ///
    /// # Errors
    /// Exit 3 with the first error and its place.
    pub fn compile(engine: Engine, path: &Path, text: &str) -> Result<Self, Fatal> {
        let file = path.display().to_string();
        let mut ast = engine.compile(text).map_err(|error| {
            let position = error.position();
            let (line, column) = (position.line().unwrap_or(1), position.position().unwrap_or(1));
            Fatal::script(format!("{file}:{line}:{column}: {}", error.err_type()))
        })?;
        ast.set_source(file.clone());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = Rc::from(folder.unwrap_or(Path::new(".")));
        Ok(Self { engine, ast, file, folder })
    }

    /// Where it was read, as the user named it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The folder that `file::*` reads from.
    pub fn folder(&self) -> &Rc<Path> {
        &self.folder
    }

    /// The parameters of function `name`; `None` when the script has none of that name. Those of a
    /// closure include what it captured.
    pub fn arity(&self, name: &str) -> Option<usize> {
        self.ast.iter_functions().find(|f| f.name == name).map(|f| f.params.len())
    }

    /// The names of its functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.ast.iter_functions().map(|function| function.name)
    }

    /// `place` of an error in function `name`, or where that begins if only the file is known: of what
    /// was ended from outside the engine tells no more.
    pub fn place_in(&self, name: &str, place: String) -> String {
        let file = self.file.rsplit('/').next().unwrap_or(&self.file);
        let lib = self.ast.shared_lib();
        let function = self.arity(name).and_then(|arity| lib.get_script_fn(name, arity));
        let start = function.map(|function| function.body.start_position());
        match start.and_then(Position::line) {
            Some(line) if place == file => format!("{place}:{line}"),
            _ => place,
        }
    }

    /// What `options()` returns, or `()` without one.
    ///
    /// # Errors
    /// Exit 3 when it throws or does not end.
    pub fn options(&self) -> Result<Dynamic, Fatal> {
        if self.arity("options").is_none() {
            return Ok(Dynamic::UNIT);
        }
        self.eval_while_loading("options")
    }

    /// Calls function `name` where no chain runs, for a bounded time.
    ///
    /// # Errors
    /// Exit 3 when it throws, panics or does not end.
    pub(super) fn eval_while_loading(&self, name: &str) -> Result<Dynamic, Fatal> {
        let told = |end| match end {
            ChainEnd::Failed(failure) => failure.describe(),
            _ => "it did not return".to_owned(),
        };
        let called = || fiber::limited(LOAD_TIME, || self.eval(name, ()));
        let result = match panics::caught(called) {
            Ok(result) => result.map_err(told),
            Err(failure) => Err(failure.describe()),
        };
        result.map_err(|told| Fatal::script(format!("{}: {name}() failed: {told}", self.file)))
    }

    /// Calls function `name` and returns how it ended.
    pub fn call(&self, name: &str, arguments: impl FuncArgs) -> ChainEnd {
        match self.eval(name, arguments) {
            Ok(_) => ChainEnd::Succeeded,
            Err(end) => end,
        }
    }

    /// Calls function `name` and returns its value, or how it ended without one.
    pub fn eval(&self, name: &str, arguments: impl FuncArgs) -> Result<Dynamic, ChainEnd> {
        // The file's own statements run first, for their imports.
        let options = CallFnOptions::new().eval_ast(true).rewind_scope(true);
        let mut scope = Scope::new();
        let result = self
            .engine
            .call_fn_with_options::<Dynamic>(options, &mut scope, &self.ast, name, arguments);
        match (result, fiber::told_to_end()) {
            (Ok(_), Some(reason)) => Err(failure::of_end(reason, &self.file)),
            (result, _) => result.map_err(|error| failure::read(&error, &self.file)),
        }
    }
}
