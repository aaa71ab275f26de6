//! The tables in a SQLite file.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use nix::fcntl::{Flock, FlockArg};
use rusqlite::{
    Connection, OpenFlags, ToSql, TransactionBehavior, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    backend::{Backend, BackendError, EachRow},
    cells::BadCell,
    date,
    sheets::Sheet,
    table::Dialect,
    value::Value,
};

pub(super) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    /// Dropped last: SQLite's own locks end when any handle of its file in this process is closed.
    _lock: Flock<File>,
}

/// What becomes of the file when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It is sound, as of some moment before.
    Kept,
    /// Nobody will look at it.
    Thrown,
}

impl Sqlite {
    /// Opens or makes the file.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Self, BackendError> {
        let lock = lock(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // Readers do not wait for the writer in this mode, nor it for them.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = if durability == Durability::Kept { "NORMAL" } else { "OFF" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        Ok(Self { connection, path: path.to_owned(), _lock: lock })
    }
}

/// Makes the file, if it is not there, for its owner alone: it will hold a key. Two CAs would give the
/// same ids to different things, so the second gets none.
fn lock(path: &Path) -> Result<Flock<File>, BackendError> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = file.map_err(|error| BackendError(error.to_string()))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|_| BackendError("another CA writes to it; stop that one first".to_owned()))
}

impl Backend for Sqlite {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn has_table(&mut self, name: &str) -> Result<bool, BackendError> {
        Ok(self.connection.table_exists(None, name)?)
    }

    fn execute(&mut self, sql: &str) -> Result<(), BackendError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn read(&mut self, sql: &str, each: EachRow<'_>) -> Result<Result<(), BadCell>, BackendError> {
        let mut statement = self.connection.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let mut values = Vec::with_capacity(width);
        while let Some(row) = rows.next()? {
            values.clear();
            for column in 0..width {
                values.push(value_of(row.get_ref(column)?));
            }
            if let Err(bad) = each(&values) {
                return Ok(Err(bad));
            }
        }
        Ok(Ok(()))
    }

    fn write(&mut self, sheets: &[Sheet]) -> Result<(), BackendError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for sheet in sheets {
            let sql = sheet.table.upsert(Dialect::Sqlite, 1);
            let mut statement = transaction.prepare(&sql)?;
            for row in sheet.rows() {
                statement.execute(params_from_iter(row))?;
            }
        }
        Ok(transaction.commit()?)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(number) => (*number).into(),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Time(moment) => date::write(*moment).into(),
        })
    }
}

fn value_of(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // No column has fractions.
        ValueRef::Real(number) => Value::Int(number as i64),
        ValueRef::Text(text) => Value::text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::blob(bytes),
    }
}

impl From<rusqlite::Error> for BackendError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}
