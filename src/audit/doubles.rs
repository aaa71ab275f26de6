//! Rows that are in a table twice, under two ids.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::findings::Unmade;
use super::lookup::{Cell, Lookup, rows_between};
use super::scope::Scope;

/// A table whose ids say nothing about what a row is of.
pub(super) struct Rows<'a> {
    pub(super) table: &'static str,
    /// Columns in which no two rows are the same, unless one is the other's double.
    pub(super) columns: &'static str,
    /// The ids to look for the doubles of, in order.
    pub(super) ids: &'a [u64],
}

/// A row of the run.
#[derive(Clone, Copy)]
struct Row {
    id: u64,
    is_confirmed: bool,
}

impl Rows<'_> {
    /// Of the ids, those whose row has a double, with the double's id: a row of the run that has the
    /// same columns, and that no client heard of.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn doubles(
        &self,
        lookup: &impl Lookup,
        scope: &Scope,
        is_confirmed: impl Fn(u64) -> bool,
    ) -> Result<HashMap<u64, u64>, Unmade> {
        let mut doubles = HashMap::new();
        let Some(of_run) = scope.ids_of_run(self.table) else { return Ok(doubles) };
        let mut seen = HashMap::<u64, Row>::new();
        let each = |cells: &[Cell]| {
            let Some(id) = cells[0].id() else { return };
            let row = Row { id, is_confirmed: is_confirmed(id) };
            let mut hasher = DefaultHasher::new();
            cells[1..].hash(&mut hasher);
            let Some(first) = seen.insert(hasher.finish(), row) else { return };
            let (known, other) = if first.is_confirmed { (first, row) } else { (row, first) };
            if known.is_confirmed
                && !other.is_confirmed
                && self.ids.binary_search(&known.id).is_ok()
            {
                doubles.insert(known.id, other.id);
            }
        };
        rows_between(lookup, self.table, self.columns, of_run, each).await?;
        Ok(doubles)
    }
}
