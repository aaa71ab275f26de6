//! Where the text behind `import "NAME"` is: one rule, for running scripts and for checking them.

use crate::nearest::nearest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
/// that a folder of scripts can be moved as a whole. Absolute names are refused for the same reason.
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
    if Path::new(name).is_absolute() {
        return Err(error("the path must be relative to the script's folder".into()));
    }
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
    let mut path = importer.parent().unwrap_or(Path::new("")).join(name);
    // Not `set_extension`: it would turn `v1.2` into `v1.rhai`.
    if path.extension().is_none_or(|extension| extension != "rhai") {
        path.as_mut_os_string().push(".rhai");
    }
    path
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
        let file = folder.path().join("lib/v1.2.rhai");
        std::fs::write(&file, "fn f() {}").expect("a file in that");
        let stdlib = stdlib();
        let found =
            find(&stdlib, Some(&folder.path().join("x.rhai")), "lib/v1.2").expect("it exists");
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
        let error = find(&stdlib, Some(Path::new("x.rhai")), "/etc/x").expect_err("absolute");
        assert!(error.to_string().ends_with("must be relative to the script's folder"));
        let error = find(&stdlib, None, "lib/helpers").expect_err("not of the stdlib");
        assert!(error.to_string().ends_with("no stdlib module has that name"));
    }
}
