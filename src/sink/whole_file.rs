//! A file that is written at once, at the end of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file, and what it is for people: `summary`.
#[derive(Debug, Clone, Copy)]
pub struct WholeFile<'a> {
    /// What is in it, for error messages.
    pub what: &'static str,
    /// Where it is.
    pub path: &'a Path,
}

impl WholeFile<'_> {
    /// Writes all or nothing: whoever reads the file meanwhile sees the old one or the new one. Errors
    /// name the path.
    pub fn write(&self, text: &str) -> io::Result<()> {
        write_whole(self.path, text.as_bytes()).map_err(|error| self.unwritable(&error))
    }

    /// Fails as [`WholeFile::write`] would, and leaves what is there as it is: an earlier run's stays until
    /// this one's is complete. Errors name the path.
    pub fn check_writable(&self) -> io::Result<()> {
        let there = fs::metadata(self.path);
        let tried = if there.is_ok() {
            fs::OpenOptions::new().append(true).open(self.path).map(drop)
        } else {
            Ok(())
        };
        // What is no file is written in place, everything else by way of a file beside it.
        let beside = there.map_or(true, |known| known.is_file());
        let tried = tried.and_then(|()| match beside {
            true => {
                let temporary = temporary(&target(self.path));
                fs::write(&temporary, "").and_then(|()| fs::remove_file(&temporary))
            }
            false => Ok(()),
        });
        tried.map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &io::Error) -> io::Error {
        let message = format!("cannot write the {} to {}: {error}", self.what, self.path.display());
        io::Error::new(error.kind(), message)
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = target(path);
    if fs::metadata(&path).is_ok_and(|known| !known.is_file()) {
        // A terminal, a pipe, /dev/null: renaming would put a file in its place.
        return fs::write(path, bytes);
    }
    let temporary = temporary(&path);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // If it cannot be removed either, the first error still says more.
        _ = fs::remove_file(&temporary);
    }
    written
}

/// Where `path` leads: a link keeps pointing to the file, and is not replaced by it.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The file that becomes the one at `path` once it is complete.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(path: &Path) -> WholeFile<'_> {
        WholeFile { what: "summary", path }
    }

    #[test]
    fn what_is_written_replaces_what_was_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("summary.json");
        fs::write(&path, "old").expect("writable");
        summary(&path).write("new").expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("written"), "new");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }

    #[test]
    fn an_unwritable_path_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("missing/summary.json");
        let error = summary(&path).write("new").expect_err("no such folder");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let told = error.to_string();
        assert!(told.starts_with("cannot write the summary to"), "{told}");
        assert!(told.contains("missing/summary.json"), "{told}");
    }

    #[test]
    fn trying_leaves_no_trace() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("summary.json");
        summary(&path).check_writable().expect("writable");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
        fs::write(&path, "old").expect("writable");
        summary(&path).check_writable().expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
        for wrong in [folder.path().to_owned(), folder.path().join("missing/summary.json")] {
            let error = summary(&wrong).check_writable().expect_err("no file can be there");
            assert!(error.to_string().contains(&wrong.display().to_string()), "{error}");
        }
    }
}
