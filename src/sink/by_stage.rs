//! One file for the whole run, or one for each stage.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::file::{SinkFile, empty_if_there, of_stage};

/// Files and what writes into them.
pub(super) struct ByStage<W> {
    path: PathBuf,
    split: bool,
    /// The first stage's file, until the run begins.
    first: Option<SinkFile>,
    writers: BTreeMap<u16, W>,
}

impl<W> ByStage<W> {
    /// Opens the first file, so that a wrong path is known before the run begins.
    pub(super) fn open(path: &Path, split: bool) -> io::Result<Self> {
        let first = SinkFile::open(&file_of(path, split, 0))?;
        Ok(Self { path: path.to_owned(), split, first: Some(first), writers: BTreeMap::new() })
    }

    /// The files that are open.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.first.iter().map(|file| file.path().to_owned()).collect()
    }

    /// A run of so many stages begins: files of an earlier one are emptied, for what reads them all
    /// would otherwise read both runs.
    pub(super) fn begin(
        &mut self,
        stages: usize,
        make: impl FnOnce(SinkFile) -> io::Result<W>,
    ) -> io::Result<()> {
        if let Some(first) = self.first.take() {
            first.empty()?;
            self.writers.insert(0, make(first)?);
        }
        let others = if self.split { 1..stages } else { 0..0 };
        others
            .map(|stage| file_of(&self.path, true, stage))
            .try_for_each(|path| empty_if_there(&path))
    }

    /// What writes the file of `stage`.
    pub(super) fn of(
        &mut self,
        stage: u16,
        make: impl FnOnce(SinkFile) -> io::Result<W>,
    ) -> io::Result<&mut W> {
        let stage = if self.split { stage } else { 0 };
        match self.writers.entry(stage) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(new) => {
                let file = SinkFile::open(&file_of(&self.path, self.split, stage.into()))?;
                file.empty()?;
                Ok(new.insert(make(file)?))
            }
        }
    }

    /// Everything that writes.
    pub(super) fn writers(&mut self) -> impl Iterator<Item = &mut W> {
        self.writers.values_mut()
    }
}

fn file_of(path: &Path, split: bool, stage: usize) -> PathBuf {
    if split { of_stage(path, stage + 1) } else { path.to_owned() }
}
