//! What an audit asks of a database: rows by many ids at once, and the rows that came in a run.

use std::future::Future;
use std::ops::RangeInclusive;

use super::findings::Unmade;

/// A value of a row, or one to look for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cell {
    /// NULL, or what an audit does not read.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Cell {
    /// The number, of a column of ids.
    pub fn id(&self) -> Option<u64> {
        match self {
            Self::Int(number) => u64::try_from(*number).ok(),
            // Beyond 63 bits, and whatever a driver gives as its digits.
            Self::Text(digits) => digits.parse().ok(),
            Self::Null | Self::Bytes(_) => None,
        }
    }

    /// The text; empty for NULL, which says as much in the columns that are read.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Int(_) | Self::Null | Self::Bytes(_) => "",
        }
    }
}

/// A database that can be asked.
pub trait Lookup {
    /// The rows that `sql` selects; `?` stands for each of `parameters`.
    ///
    /// # Errors
    /// Why there are none, in words.
    fn rows(
        &self,
        sql: String,
        parameters: Vec<Cell>,
    ) -> impl Future<Output = Result<Vec<Vec<Cell>>, String>>;
}

/// How many ids one question has.
pub const IDS_PER_QUESTION: usize = 500;
/// How many rows are read at once where a table is read through.
const ROWS_PER_PAGE: i64 = 5_000;

/// The rows of `table` whose `column` is one of `ids`; the column itself comes first.
pub async fn rows_of(
    lookup: &impl Lookup,
    table: &'static str,
    column: &str,
    further: &str,
    ids: impl ExactSizeIterator<Item = Cell>,
) -> Result<Vec<Vec<Cell>>, Unmade> {
    if ids.len() == 0 {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(",");
    let sql = format!("SELECT {column}{further} FROM {table} WHERE {column} IN ({places})");
    lookup.rows(sql, ids.collect()).await.map_err(|why| Unmade { table, why })
}

/// Calls `each` with every row of `table` whose id is in `ids`, page by page; the id comes first.
pub async fn rows_between(
    lookup: &impl Lookup,
    table: &'static str,
    further: &str,
    ids: RangeInclusive<i64>,
    mut each: impl FnMut(&[Cell]),
) -> Result<(), Unmade> {
    let (mut first, end) = ids.into_inner();
    loop {
        let sql = format!(
            "SELECT id{further} FROM {table} WHERE id >= ? AND id <= ? ORDER BY id LIMIT {ROWS_PER_PAGE}"
        );
        let rows = lookup.rows(sql, vec![Cell::Int(first), Cell::Int(end)]).await;
        let rows = rows.map_err(|why| Unmade { table, why })?;
        for row in &rows {
            each(row);
        }
        match rows.last().map(|row| &row[0]) {
            Some(Cell::Int(id)) if rows.len() as i64 == ROWS_PER_PAGE && *id < end => {
                first = *id + 1;
            }
            _ => return Ok(()),
        }
    }
}

/// The highest id of `table`, 0 when it is empty.
///
/// # Errors
/// When it cannot be asked, or is not there.
pub async fn highest_id(lookup: &impl Lookup, table: &'static str) -> Result<i64, Unmade> {
    let rows = lookup.rows(format!("SELECT MAX(id) FROM {table}"), Vec::new()).await;
    let rows = rows.map_err(|why| Unmade { table, why })?;
    match rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(id)) => Ok(*id),
        _ => Ok(0),
    }
}
