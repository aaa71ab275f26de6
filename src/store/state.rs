//! Data that attackers of all shards share, and that `--state FILE` keeps between runs.

use std::path::Path;

use dashmap::{DashMap, Entry};

use super::encoded::Encoded;
use super::journal::{Change, Journal};
use super::list::List;
use super::state_file::{self, StateFileError};
use crate::script::data::Plain;

type Table<V> = DashMap<Box<str>, V, ahash::RandomState>;

/// Values by key, and lists by name.
#[derive(Debug, Default)]
pub struct State {
    values: Table<Encoded>,
    lists: Table<List>,
    journal: Option<Journal>,
    run: u64,
}

impl State {
    /// What the file at `path` holds, which from now on follows every change. A file that is not there is
    /// made. `tell` is called with what people should know, at any time.
    ///
    /// # Errors
    /// When it cannot be read or written, is damaged, or another run uses it; then it is left as it is.
    pub fn open(path: &Path, tell: fn(&str)) -> Result<Self, StateFileError> {
        let mut state = Self::default();
        let (file, run) = state_file::open(path, &mut state, tell)?;
        state.run = run;
        state.journal = Some(Journal::start(file, tell)?);
        Ok(state)
    }

    /// Whether this is kept for later runs.
    pub fn is_kept(&self) -> bool {
        self.journal.is_some()
    }

    /// The number of this run among those that kept their data here; 1 for the first.
    pub fn run(&self) -> u64 {
        self.run.max(1)
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<Encoded> {
        self.values.get(key).map(|value| value.clone())
    }

    /// Makes `value` that of `key`.
    pub fn set(&self, key: &str, value: &Plain) {
        let value = Encoded::of(value);
        // Written down before the entry is let go: the file has changes in the order they were made.
        let entry = self.values.entry(key.into());
        self.note(&Change::Set { key, value: &value });
        entry.insert(value);
    }

    /// Forgets `key`; returns the value it had.
    pub fn remove(&self, key: &str) -> Option<Encoded> {
        let Entry::Occupied(entry) = self.values.entry(key.into()) else { return None };
        self.note(&Change::Remove { key });
        Some(entry.remove())
    }

    /// Adds `value` to `list`. One at random has to go if there are `most` already; it is returned.
    pub fn push(&self, list: &str, value: &Plain, most: usize) -> Option<Encoded> {
        let value = Encoded::of(value);
        let mut items = self.lists.entry(list.into()).or_default();
        let mut gone = None;
        if items.len() >= most {
            gone = self.take_at(list, &mut items, rand::random_range(0..most));
        }
        self.note(&Change::Push { list, value: &value });
        items.push(value);
        gone
    }

    /// Takes the last value of `list`.
    pub fn pop(&self, list: &str) -> Option<Encoded> {
        let mut items = self.lists.get_mut(list)?;
        let last = items.len().checked_sub(1)?;
        self.take_at(list, &mut items, last)
    }

    /// Takes `value` out of `list`, once; false if it is not there.
    pub fn take(&self, list: &str, value: &Plain) -> bool {
        let Some(mut items) = self.lists.get_mut(list) else { return false };
        let Some(place) = items.place_of(&Encoded::of(value)) else { return false };
        self.take_at(list, &mut items, place).is_some()
    }

    fn take_at(&self, list: &str, items: &mut List, place: usize) -> Option<Encoded> {
        let taken = items.take(place)?;
        self.note(&Change::Take { list, place });
        Some(taken)
    }

    /// The value of `list` that `choose` picks of so many.
    pub fn random(&self, list: &str, choose: impl FnOnce(usize) -> usize) -> Option<Encoded> {
        let items = self.lists.get(list)?;
        if items.len() == 0 {
            return None;
        }
        items.items().get(choose(items.len())).cloned()
    }

    /// Whether `list` has `value`.
    pub fn contains(&self, list: &str, value: &Plain) -> bool {
        self.lists.get(list).is_some_and(|items| items.contains(&Encoded::of(value)))
    }

    /// How many values `list` has.
    pub fn size(&self, list: &str) -> usize {
        self.lists.get(list).map_or(0, |items| items.len())
    }

    /// Everything, as changes that lead to it from nothing.
    pub(super) fn each(
        &self,
        mut f: impl FnMut(&Change<'_>) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        for entry in &self.values {
            f(&Change::Set { key: entry.key(), value: entry.value() })?;
        }
        for entry in &self.lists {
            for value in entry.value().items() {
                f(&Change::Push { list: entry.key(), value })?;
            }
        }
        Ok(())
    }

    /// Makes a change that was written down before; false if it cannot be made.
    pub(super) fn replay(&mut self, change: &Change<'_>) -> bool {
        match change {
            Change::Set { key, value } => drop(self.values.insert((*key).into(), (*value).clone())),
            Change::Remove { key } => return self.values.remove(*key).is_some(),
            Change::Push { list, value } => {
                self.lists.entry((*list).into()).or_default().push((*value).clone());
            }
            Change::Take { list, place } => {
                let list = self.lists.get_mut(*list);
                return list.is_some_and(|mut items| items.take(*place).is_some());
            }
        }
        true
    }

    fn note(&self, change: &Change<'_>) {
        if let Some(journal) = &self.journal {
            journal.write(change);
        }
    }

    /// Writes what is not written yet; called when nothing is changed any more.
    ///
    /// # Errors
    /// When it cannot be written; the file then has what it had when that began.
    pub fn close(&self) -> Result<(), StateFileError> {
        let Some(ended) = self.journal.as_ref().and_then(Journal::end) else { return Ok(()) };
        match ended.file.rewrite(self, self.run) {
            // What was written before stands, and is all there is.
            Err(_) if ended.lacks.is_none() => Ok(()),
            rewritten => rewritten.map(drop),
        }
    }
}
