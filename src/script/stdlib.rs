//! The standard library: Rhai sources that are part of the binary, or those of `--stdlib DIR`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Name and source of each embedded module.
const EMBEDDED: &[(&str, &str)] = &[("acme", include_str!("../../stdlib/acme.rhai"))];

/// Where `import "acme"` finds its source.
#[derive(Debug, Clone, Default)]
pub struct Stdlib {
    folder: Option<PathBuf>,
}

impl Stdlib {
    /// The embedded modules, or those in `folder`.
    pub fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_path_buf) }
    }

    /// The names that can be imported.
    pub fn names(&self) -> Vec<String> {
        let Some(folder) = &self.folder else {
            return EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect();
        };
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut names: Vec<String> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "rhai"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// The source of module `name`.
    pub fn source(&self, name: &str) -> Option<Cow<'static, str>> {
        match &self.folder {
            Some(folder) => {
                let path = folder.join(name).with_extension("rhai");
                std::fs::read_to_string(path).ok().map(Cow::Owned)
            }
            None => {
                EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| Cow::Borrowed(*text))
            }
        }
    }
}
