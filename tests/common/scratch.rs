//! Folders for a test's files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::summary::Summary;

/// A folder that is removed at the end of its test.
pub(crate) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("the temporary folder can be written"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A path below it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    }

    /// Reads the summary at `name`, which must fit its schema.
    #[track_caller]
    pub(crate) fn summary(&self, name: &str) -> Summary {
        Summary::read(&self.path(name))
    }
}

/// A script of the repository.
pub(crate) fn own_script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name)
}
