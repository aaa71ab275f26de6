//! The files that `--script` names.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Fatal;

/// Nobody writes a longer one; devices are endless.
const MAX_SCRIPT_BYTES: u64 = 4 * 1024 * 1024;

/// Every script at `paths`, of folders the `*.rhai` in them, with its text.
///
/// # Errors
/// Exit 2 without a path, 3 for what cannot be read.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Fatal> {
    let read = |(path, text): ScriptFile| match text {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(Fatal::script(format!("cannot read {}: {error}", path.display()))),
    };
    read_each(paths)?.into_iter().map(read).collect()
}

/// A script's path, and its text or why there is none.
type ScriptFile = (PathBuf, std::io::Result<String>);

/// As [`read_all`], with those that cannot be read.
///
/// # Errors
/// Exit 2 without a path, 3 for a folder that cannot be read.
pub(super) fn read_each(paths: &[PathBuf]) -> Result<Vec<ScriptFile>, Fatal> {
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
