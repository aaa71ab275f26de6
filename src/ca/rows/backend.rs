//! What the tables need of a database.

use super::{
    StoreError,
    cells::{BadCell, Cells},
    coyote_ca,
    sheets::Sheet,
    table::{Dialect, Table},
    tables::TABLES,
    value::Value,
};

/// What a database says when it fails.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BackendError(pub(super) String);

/// Takes one row; what it finds wrong ends the reading.
pub(super) type EachRow<'a> = &'a mut dyn FnMut(&[Value]) -> Result<(), BadCell>;

/// A database with the CA's tables.
pub(super) trait Backend: Send {
    /// File or address, without a password.
    fn place(&self) -> String;

    fn dialect(&self) -> Dialect;

    /// Whether there is a table of this name.
    fn has_table(&mut self, name: &str) -> Result<bool, BackendError>;

    /// Runs a statement that gives no rows.
    fn execute(&mut self, sql: &str) -> Result<(), BackendError>;

    /// Gives each row of a SELECT to `each`. The outer error is the database's.
    fn read(&mut self, sql: &str, each: EachRow<'_>) -> Result<Result<(), BadCell>, BackendError>;

    /// Writes all rows, or none.
    fn write(&mut self, sheets: &[Sheet]) -> Result<(), BackendError>;
}

impl dyn Backend + '_ {
    /// `error` as the CA's user is told of it.
    pub(super) fn unusable(&self, error: BackendError) -> StoreError {
        StoreError::Unusable { place: self.place(), why: error.0 }
    }

    /// Makes the tables that are missing. A database of somebody else is left alone: coyote's has a table
    /// that no other has.
    pub(super) fn prepare(&mut self) -> Result<(), StoreError> {
        if !self.has(&coyote_ca::TABLE)? {
            if let Some(table) = self.some_table()? {
                return Err(StoreError::NotOurs { place: self.place(), table });
            }
            // First, so that tables that are made after it are known as ours whatever happens.
            self.create(&coyote_ca::TABLE)?;
        }
        for table in TABLES {
            if self.has(table)? {
                self.execute(&table.probe()).map_err(|error| StoreError::OtherShape {
                    place: self.place(),
                    table: table.name,
                    why: error.0,
                })?;
            }
            self.create(table)?;
        }
        Ok(())
    }

    /// The name of any table.
    fn some_table(&mut self) -> Result<Option<String>, StoreError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => {
                "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' LIMIT 1"
            }
            Dialect::Mysql => {
                "SELECT table_name FROM information_schema.tables \
                 WHERE table_schema = DATABASE() LIMIT 1"
            }
        };
        let mut found = None;
        let read = self.read(sql, &mut |row| {
            found = Some(Cells(row).text()?.to_owned());
            Ok(())
        });
        // A name that is no text is one all the same.
        let named = read.map_err(|error| self.unusable(error))?;
        Ok(found.or_else(|| named.err()))
    }

    fn has(&mut self, table: &Table) -> Result<bool, StoreError> {
        self.has_table(table.name).map_err(|error| self.unusable(error))
    }

    fn create(&mut self, table: &Table) -> Result<(), StoreError> {
        let statements = table.create(self.dialect());
        statements
            .iter()
            .try_for_each(|sql| self.execute(sql).map_err(|error| self.unusable(error)))
    }

    /// Gives each row of `table` for which `condition` holds to `each`.
    pub(super) fn each(
        &mut self,
        table: &'static Table,
        condition: &str,
        each: EachRow<'_>,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT {} FROM {} WHERE {condition} ORDER BY id",
            table.column_list(),
            table.name
        );
        self.read(&sql, each)
            .map_err(|error| self.unusable(error))?
            .map_err(|why| StoreError::BadRow { place: self.place(), table: table.name, why })
    }
}
