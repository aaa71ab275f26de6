//! The standard library: Rhai sources that are part of the binary, or those of `--stdlib DIR`.

use std::path::Path;

use crate::error::Fatal;
use crate::script::resolve::StdlibSources;

/// Name and source of each embedded module.
const EMBEDDED: &[(&str, &str)] = &[
    ("acme", include_str!("../../stdlib/acme.rhai")),
    ("acme_v1", include_str!("../../stdlib/acme_v1.rhai")),
    ("bad", include_str!("../../stdlib/bad.rhai")),
    ("boulder", include_str!("../../stdlib/boulder.rhai")),
];

/// The embedded modules, or the `*.rhai` files of `folder`.
///
/// # Errors
/// Exit 3 when the folder or a file in it cannot be read.
pub fn sources(folder: Option<&Path>) -> Result<StdlibSources, Fatal> {
    let Some(folder) = folder else {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        return Ok(EMBEDDED.iter().map(own).collect());
    };
    let failed = |error: std::io::Error| {
        Fatal::script(format!("cannot read --stdlib {}: {error}", folder.display()))
    };
    let mut sources = StdlibSources::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_rhai = path.extension().is_some_and(|extension| extension == "rhai");
        if let (true, Some(name)) = (is_rhai, path.file_stem()) {
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            sources.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::options::Limits;
    use crate::script::check::Checker;
    use crate::script::engine::{Modules, build};

    #[test]
    fn the_embedded_modules_have_no_problems() {
        let modules = sources(None).expect("embedded");
        let engine = build(&Modules::new(&modules), &Limits::default());
        let mut checker = Checker::new(engine, modules.clone(), crate::host::OPTION_KEYS);
        for (name, text) in &modules {
            assert_eq!(checker.module(Path::new(name), text), [], "{name}");
        }
    }
}
