//! Where the text behind `import "NAME"` is: one rule, for running scripts and for checking them.

use crate::nearest::nearest;
use crate::script::own_names::OwnNames;
use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The stdlib as module name -> source text.
pub type StdlibSources = BTreeMap<String, String>;

/// What `import` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import<'a> {
    /// A module of the stdlib, by its name.
    Stdlib {
        /// The name in the stdlib.
        name: &'a str,
        /// Its source.
        text: &'a str,
    },
    /// A file beside the importing script.
    Local {
        /// The path, relative to what the importing script's own path is relative to.
        path: PathBuf,
        /// Its source.
        text: String,
    },
}

impl Import<'_> {
    /// The module's source.
    pub fn text(&self) -> &str {
        match self {
            Self::Stdlib { text, .. } => text,
            Self::Local { text, .. } => text,
        }
    }
}

/// An import that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot import \"{name}\": {reason}")]
pub struct ImportError {
    /// The name as the script wrote it.
    pub name: String,
    /// What was tried, or what the system said.
    pub reason: Cow<'static, str>,
    /// A stdlib module whose name is near.
    pub did_you_mean: Option<String>,
}

/// Finds the source of `import "name"` in the script at `importer`; `None` stands for a stdlib
/// module, which may import only its like.
///
/// A stdlib module wins; otherwise `name.rhai` is looked for in the importing file's own folder, so
/// that a folder of scripts can be moved as a whole.
pub fn find<'a>(
    stdlib: &'a StdlibSources,
    importer: Option<&Path>,
    name: &str,
) -> Result<Import<'a>, ImportError> {
    if let Some((name, text)) = stdlib.get_key_value(name) {
        return Ok(Import::Stdlib { name, text });
    }
    let error = |reason: Cow<'static, str>| ImportError {
        name: name.to_owned(),
        reason,
        did_you_mean: nearest(name, stdlib.keys().map(String::as_str)).map(str::to_owned),
    };
    let Some(importer) = importer else {
        return Err(error("no stdlib module has that name".into()));
    };
    let path = local_path(importer, name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Import::Local { path, text }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(error(
            format!("no stdlib module has that name and there is no file {}", path.display())
                .into(),
        )),
        Err(e) => Err(error(format!("{}: {e}", path.display()).into())),
    }
}

/// `lib/helpers` seen from `scripts/x.rhai` is `scripts/lib/helpers.rhai`.
fn local_path(importer: &Path, name: &str) -> PathBuf {
    importer.parent().unwrap_or(Path::new("")).join(name).with_extension("rhai")
}

/// Follows imports while scripts run, by the rule of [`find`]. Each module is compiled once.
///
/// Rhai's own `FileModuleResolver` forgets the folder of a module that it loaded, so that imports
/// inside it are looked for in the wrong place.
pub struct Resolver {
    stdlib: StdlibSources,
    /// `None` while a module is being compiled.
    modules: RefCell<HashMap<PathBuf, Option<Shared<Module>>>>,
    names: OwnNames,
}

impl Resolver {
    /// A resolver for the engines of one thread, which [`serve`](Self::serve) adds.
    pub fn new(stdlib: StdlibSources) -> Self {
        Self { stdlib, modules: RefCell::default(), names: OwnNames::default() }
    }

    /// Has `engine` import by this resolver.
    pub fn serve(self: &Rc<Self>, engine: &mut Engine) {
        self.names.watch(engine);
        engine.set_module_resolver(Served(Rc::clone(self)));
    }

    fn compile(&self, engine: &Engine, found: &Import) -> ScriptResult {
        let (name, source) = match found {
            Import::Stdlib { name, .. } => ((*name).to_owned(), format!("stdlib/{name}.rhai")),
            Import::Local { path, .. } => (path.display().to_string(), path.display().to_string()),
        };
        let mut ast = self.names.compile(engine, &name, found.text())?;
        ast.set_source(source);
        Ok(Module::eval_ast_as_new(Scope::new(), &ast, engine)?.into())
    }
}

type ScriptResult = Result<Shared<Module>, Box<EvalAltResult>>;

/// What an engine owns of a resolver.
struct Served(Rc<Resolver>);

impl ModuleResolver for Served {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        name: &str,
        position: Position,
    ) -> ScriptResult {
        let resolver = &self.0;
        let in_module = |error| EvalAltResult::ErrorInModule(name.to_owned(), error, position);
        let failed = |message: String| in_module(Box::new(message.into())).into();
        let importer = Path::new(source.unwrap_or_default());
        // The fast way, for it is taken in every chain: no file is looked at again.
        let key = if resolver.stdlib.contains_key(name) {
            Cow::Borrowed(Path::new(name))
        } else {
            Cow::Owned(local_path(importer, name))
        };
        match resolver.modules.borrow().get(&*key) {
            Some(Some(module)) => return Ok(Shared::clone(module)),
            Some(None) => return Err(failed("the import leads back to its importer".to_owned())),
            None => {}
        }
        let found = find(&resolver.stdlib, Some(importer), name);
        let found = found.map_err(|error| failed(error.to_string()))?;
        let key = key.into_owned();
        resolver.modules.borrow_mut().insert(key.clone(), None);
        let compiled = resolver.compile(engine, &found);
        // A module that does not compile is tried again: the error belongs to each importer.
        match &compiled {
            Ok(module) => resolver.modules.borrow_mut().insert(key, Some(Shared::clone(module))),
            Err(_) => resolver.modules.borrow_mut().remove(&key),
        };
        compiled.map_err(|error| in_module(error).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stdlib() -> StdlibSources {
        BTreeMap::from([("acme".to_owned(), "fn account() {}".to_owned())])
    }

    #[test]
    fn stdlib_comes_first() {
        let stdlib = stdlib();
        let found = find(&stdlib, None, "acme").expect("is in the stdlib");
        assert_eq!(found, Import::Stdlib { name: "acme", text: "fn account() {}" });
    }

    #[test]
    fn local_files_are_relative_to_the_importer() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("lib")).expect("a folder in it");
        let file = folder.path().join("lib/helpers.rhai");
        std::fs::write(&file, "fn f() {}").expect("a file in that");
        let stdlib = stdlib();
        let found =
            find(&stdlib, Some(&folder.path().join("x.rhai")), "lib/helpers").expect("it exists");
        assert_eq!(found, Import::Local { path: file, text: "fn f() {}".into() });
    }

    #[test]
    fn misses_say_what_was_tried() {
        let stdlib = stdlib();
        let error =
            find(&stdlib, Some(Path::new("scripts/x.rhai")), "acmee").expect_err("no such module");
        assert_eq!(
            error.to_string(),
            "cannot import \"acmee\": no stdlib module has that name and there is no file \
             scripts/acmee.rhai"
        );
        assert_eq!(error.did_you_mean.as_deref(), Some("acme"));
        let error = find(&stdlib, None, "lib/helpers").expect_err("not of the stdlib");
        assert!(error.to_string().ends_with("no stdlib module has that name"));
    }

    #[test]
    fn running_scripts_import_by_the_same_rule() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("lib")).expect("a folder in it");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a file in it");
        };
        write("lib/a.rhai", "import \"b\" as b;\nfn one() { b::one() }");
        write("lib/b.rhai", "import \"num\" as num;\nfn one() { num::one() }");
        write("lib/c.rhai", "import \"c\" as c;");
        let sources = [("num", "import \"base\" as base; fn one() { base::ONE }")];
        let sources = sources.into_iter().chain([("base", "export const ONE = 1;")]);
        let stdlib = sources.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        let mut engine = Engine::new();
        Rc::new(Resolver::new(stdlib)).serve(&mut engine);
        let run = |text: &str| {
            let mut ast = engine.compile(text).expect("it parses");
            ast.set_source(folder.path().join("x.rhai").display().to_string());
            engine.eval_ast::<i64>(&ast).map_err(|error| error.to_string())
        };
        assert_eq!(run("import \"lib/a\" as a; a::one()"), Ok(1));
        let error = run("import \"lib/c\" as c; 1").expect_err("it imports itself");
        assert!(error.contains("leads back to its importer"), "{error}");
        let error = run("import \"lib/d\" as d; 1").expect_err("there is none");
        assert!(error.contains("there is no file") && error.contains("lib/d.rhai"), "{error}");
    }
}
