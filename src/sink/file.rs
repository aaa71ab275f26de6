//! A file that a sink writes while a run goes on.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// An open file whose errors name it.
#[derive(Debug)]
pub(super) struct SinkFile {
    path: PathBuf,
    file: File,
}

impl SinkFile {
    /// Opens it, and leaves what is in it: a run that does not begin must not cost an earlier one's.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let opened = File::options().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Forgets what an earlier run left in it.
    pub(super) fn empty(&self) -> io::Result<()> {
        // A pipe or a terminal has no end to be moved.
        match self.file.metadata() {
            Ok(known) if known.is_file() => {
                self.file.set_len(0).map_err(|error| unwritable(&self.path, &error))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for SinkFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| match error.kind() {
            // Who writes tries again, which a message would keep them from.
            io::ErrorKind::Interrupted => error,
            _ => unwritable(&self.path, &error),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file of stage `number`, counted from 1: `run.ndjson` becomes `run.stage-2.ndjson`.
pub(super) fn of_stage(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem}.stage-{number}.{}", extension.to_string_lossy()),
        None => format!("{stem}.stage-{number}"),
    };
    path.with_file_name(name)
}

/// Empties the file at `path` if there is one.
pub(super) fn empty_if_there(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(known) if known.is_file() => SinkFile::open(path)?.empty(),
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write to {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_have_names_of_their_own() {
        let name = |path| of_stage(Path::new(path), 12).display().to_string();
        assert_eq!(name("a/run.ndjson"), "a/run.stage-12.ndjson");
        assert_eq!(name("run"), "run.stage-12");
        assert_eq!(name("/a.b/run.x.csv"), "/a.b/run.x.stage-12.csv");
    }

    #[test]
    fn opening_keeps_what_is_there_until_it_is_emptied() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.csv");
        fs::write(&path, "an earlier run").expect("writable");
        let mut file = SinkFile::open(&path).expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "an earlier run");
        file.empty().expect("a file has a length");
        file.write_all(b"this run").expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "this run");
        let error = SinkFile::open(&folder.path().join("missing/run.csv")).expect_err("no folder");
        assert!(error.to_string().contains("missing/run.csv"), "{error}");
    }
}
