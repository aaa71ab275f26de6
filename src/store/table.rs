//! Text in rows and columns, as files of data hold it: one buffer, however many cells.

use std::ops::Range;

/// Rows of the same number of cells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    columns: usize,
    text: String,
    /// Where each cell ends in `text`, row by row.
    ends: Vec<usize>,
}

impl Table {
    /// An empty one with `columns` columns, of which there must be one at least.
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// An empty one whose columns have names.
    pub(super) fn with_header(header: Vec<String>) -> Self {
        Self { columns: header.len(), header, ..Self::default() }
    }

    /// Adds a cell after the last one.
    pub(super) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// The names of the columns; none if they have none.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.ends.len() / self.columns
    }

    /// The cell of `row` in `column`, if there is one.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        if column >= self.columns || row >= self.rows() {
            return None;
        }
        Some(&self.text[self.range(row * self.columns + column)])
    }

    /// The cell of `row` in the column of that name, if there is one.
    pub fn named(&self, row: usize, column: &str) -> Option<&str> {
        self.cell(row, self.header.iter().position(|name| name == column)?)
    }

    fn range(&self, cell: usize) -> Range<usize> {
        let start = cell.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[cell]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_number_and_name() {
        let mut table = Table::with_header(vec!["a".into(), "b".into()]);
        for cell in ["1", "", "3", "four"] {
            table.push(cell);
        }
        assert_eq!((table.rows(), table.columns()), (2, 2));
        assert_eq!([table.cell(0, 0), table.cell(0, 1)], [Some("1"), Some("")]);
        assert_eq!([table.cell(1, 0), table.named(1, "b")], [Some("3"), Some("four")]);
        assert_eq!([table.cell(2, 0), table.cell(0, 2), table.named(0, "c")], [None; 3]);
    }
}
