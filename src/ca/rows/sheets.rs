//! The rows of one batch, by table.

use std::slice::ChunksExact;

use super::{fault::Faults, table::Table, tables::TABLES, value::Value};

/// Rows of one table, value after value.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) table: &'static Table,
    values: Vec<Value>,
}

impl Sheet {
    pub(super) fn rows(&self) -> ChunksExact<'_, Value> {
        self.values.chunks_exact(self.table.width())
    }
}

/// A sheet for each of [`TABLES`].
pub(super) struct Sheets<'f> {
    sheets: Vec<Sheet>,
    faults: &'f mut Faults,
}

impl<'f> Sheets<'f> {
    pub(super) fn new(faults: &'f mut Faults) -> Self {
        let empty = |table: &&'static Table| Sheet { table, values: Vec::new() };
        Self { sheets: TABLES.iter().map(empty).collect(), faults }
    }

    /// Adds the row with `id` and `values` to `table`, unless the CA is made to get it wrong.
    pub(super) fn put<const N: usize>(
        &mut self,
        table: &'static Table,
        id: u64,
        mut values: [Value; N],
    ) {
        debug_assert_eq!(N, table.columns.len(), "{}", table.name);
        let Some(sheet) = self.sheets.iter_mut().find(|sheet| std::ptr::eq(sheet.table, table))
        else {
            return;
        };
        for id in self.faults.strike(table, id, &mut values).into_iter().flatten() {
            sheet.values.push(Value::id(id));
            sheet.values.extend_from_slice(&values);
        }
    }

    /// Those that have rows.
    pub(super) fn filled(self) -> Vec<Sheet> {
        self.sheets.into_iter().filter(|sheet| !sheet.values.is_empty()).collect()
    }
}
