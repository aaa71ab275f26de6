//! Which files a script may read.

use std::path::{Component, Path, PathBuf};

use crate::error::{ErrorKind, HostError};

/// Where `path` is: below `folder`, out of which neither `..` nor a link leads, or where the user says
/// (when `given()`), from whose working folder it then counts if there is none below `folder`.
pub(super) fn locate(
    folder: &Path,
    path: &str,
    given: impl FnOnce() -> bool,
) -> Result<PathBuf, HostError> {
    match below(folder, path) {
        Err(_) if given() => Path::new(path).canonicalize().map_err(|error| cannot(path, &error)),
        found => found,
    }
}

fn below(folder: &Path, path: &str) -> Result<PathBuf, HostError> {
    let outside = || {
        failed(format!(
            "{path} is outside the script's folder {}; it can be read from there if you give it: \
             -e KEY={path}, env::get(\"KEY\")",
            folder.display()
        ))
    };
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(outside());
    }
    let root = folder.canonicalize().map_err(|error| cannot(path, &error))?;
    let real = folder.join(path).canonicalize().map_err(|error| cannot(path, &error))?;
    if real.starts_with(root) { Ok(real) } else { Err(outside()) }
}

pub(super) fn cannot(path: &str, error: &std::io::Error) -> HostError {
    failed(format!("cannot read {path}: {error}"))
}

fn failed(reason: String) -> HostError {
    HostError::new(ErrorKind::File, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder_are_read() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let folder = outer.path().join("scripts");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(outer.path().join("secret"), "s").expect("a file");
        std::fs::write(folder.join("data"), "d").expect("a file");
        std::os::unix::fs::symlink(outer.path().join("secret"), folder.join("link"))
            .expect("a link");
        let data = locate(&folder, "data", || false).expect("below");
        assert_eq!(std::fs::read(data).expect("reads"), b"d");
        for path in ["../secret", "/etc/hostname", "link", "missing"] {
            let error = locate(&folder, path, || false).expect_err(path);
            assert_eq!(error.kind, ErrorKind::File, "{path}");
        }
        let secret = outer.path().join("secret");
        let text = secret.to_str().expect("text");
        assert_eq!(locate(&folder, text, || true), Ok(secret.canonicalize().expect("it is there")));
        assert!(locate(&folder, "missing", || true).is_err());
    }
}
