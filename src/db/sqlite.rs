//! The embedded CA's tables in SQLite, read with the types that a MySQL server would give.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::datetime::{self, Moment};
use super::error::DbError;
use super::query::{Collector, Query, Rows};
use super::value::Value;

/// Waits until what was enqueued for the tables so far is there.
pub type Flush = Arc<dyn Fn() + Send + Sync>;

/// Lookups at once; each has a connection and, while it works, a thread.
const CONNECTIONS: usize = 4;
/// What one that writes waits for another to end.
const BUSY: Duration = Duration::from_secs(10);

/// The tables in one file.
pub(super) struct Tables {
    path: PathBuf,
    flush: Flush,
    write: bool,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Tables {
    pub(super) fn new(path: PathBuf, flush: Flush, write: bool) -> Self {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        Self { path, flush, write, places, idle: Mutex::default() }
    }

    /// Runs a statement that reads.
    pub(super) async fn read(self: Arc<Self>, query: Query) -> Result<Rows, DbError> {
        self.run(query, read).await
    }

    /// Runs a statement that changes something; returns the number of rows.
    pub(super) async fn change(self: Arc<Self>, query: Query) -> Result<u64, DbError> {
        if !self.write {
            return Err(DbError::ReadOnly { sql: query.shown() });
        }
        self.run(query, change).await
    }

    async fn run<T: Send + 'static>(
        self: Arc<Self>,
        query: Query,
        job: fn(&Connection, &Query) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let place = timeout_at(query.deadline, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(query.timed_out("other lookups had every connection"));
        };
        let conn = self.idle().pop().map_or_else(|| self.open(), Ok)?;
        let interrupt = conn.get_interrupt_handle();
        let (tables, asked) = (Arc::clone(&self), query.clone());
        let mut work = spawn_blocking(move || {
            (tables.flush)();
            let done = job(&conn, &asked);
            tables.idle().push(conn);
            drop(place);
            done
        });
        match timeout_at(query.deadline, &mut work).await {
            Ok(done) => done.map_err(|error| DbError::Internal(error.to_string()))?,
            Err(_) => {
                interrupt.interrupt();
                Err(query.timed_out("it is still at work"))
            }
        }
    }

    fn open(&self) -> Result<Connection, DbError> {
        let access = match self.write {
            true => OpenFlags::SQLITE_OPEN_READ_WRITE,
            false => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let conn =
            Connection::open_with_flags(&self.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let ready = conn.and_then(|conn| conn.busy_timeout(BUSY).map(|()| conn));
        ready.map_err(|error| DbError::Unreachable {
            at: self.path.display().to_string(),
            why: error.to_string(),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(conn: &Connection, query: &Query) -> Result<Rows, DbError> {
    let failed = |error| failure(&error, query);
    let mut statement = conn.prepare(&query.sql).map_err(failed)?;
    if !statement.readonly() {
        return Err(DbError::ReadOnly { sql: query.shown() });
    }
    let (names, shapes): (Vec<String>, Vec<Shape>) = statement
        .columns()
        .map(|column| (column.name().to_owned(), Shape::of(column.decl_type())))
        .unzip();
    bind(&mut statement, query)?;
    let mut collector = Collector::new(query, names);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = shapes.iter().enumerate().map(|(index, shape)| {
            row.get_ref(index).map(|stored| shape.value(stored)).map_err(failed)
        });
        collector.take(values.collect::<Result<_, _>>()?)?;
    }
    Ok(collector.finish())
}

fn change(conn: &Connection, query: &Query) -> Result<u64, DbError> {
    let failed = |error| failure(&error, query);
    let mut statement = conn.prepare(&query.sql).map_err(failed)?;
    bind(&mut statement, query)?;
    statement.raw_execute().map(|count| count as u64).map_err(failed)
}

fn bind(statement: &mut rusqlite::Statement<'_>, query: &Query) -> Result<(), DbError> {
    let (wanted, given) = (statement.parameter_count(), query.params.len());
    if wanted != given {
        return Err(DbError::Params { wanted, given, sql: query.shown() });
    }
    for (index, value) in query.params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value).map_err(|error| failure(&error, query))?;
    }
    Ok(())
}

fn failure(error: &rusqlite::Error, query: &Query) -> DbError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => query.timed_out("it was still at work"),
        Some(ErrorCode::ReadOnly) => DbError::ReadOnly { sql: query.shown() },
        _ => DbError::Sql { why: error.to_string(), sql: query.shown() },
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Stored::Null),
            Self::Int(number) => ToSqlOutput::Owned(Stored::Integer(*number)),
            Self::Float(number) => ToSqlOutput::Owned(Stored::Real(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// What a column was declared to hold: SQLite itself keeps any value in any column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Moment,
    Decimal,
    Float,
    Text,
    Bytes,
    /// An integer, or what an expression makes: as it is stored.
    Other,
    /// What an expression makes: a text that is a date and time comes from a column of those.
    Expression,
}

impl Shape {
    fn of(declared: Option<&str>) -> Self {
        let Some(declared) = declared else { return Self::Expression };
        let word = declared.split(['(', ' ']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "DATETIME" | "DATE" | "TIMESTAMP" => Self::Moment,
            "DECIMAL" | "NUMERIC" => Self::Decimal,
            "FLOAT" | "DOUBLE" | "REAL" => Self::Float,
            "BINARY" | "VARBINARY" => Self::Bytes,
            word if word.ends_with("BLOB") => Self::Bytes,
            word if word.ends_with("CHAR") || word.ends_with("TEXT") => Self::Text,
            "JSON" | "ENUM" | "SET" | "TIME" => Self::Text,
            _ => Self::Other,
        }
    }

    fn value(self, stored: ValueRef<'_>) -> Value {
        match (self, stored) {
            (_, ValueRef::Null) => Value::Null,
            (Self::Decimal | Self::Text, ValueRef::Integer(number)) => {
                Value::Text(number.to_string())
            }
            (Self::Decimal | Self::Text, ValueRef::Real(number)) => Value::Text(number.to_string()),
            (Self::Float, ValueRef::Integer(number)) => Value::Float(number as f64),
            (_, ValueRef::Integer(number)) => Value::Int(number),
            (_, ValueRef::Real(number)) => Value::Float(number),
            (Self::Text, ValueRef::Blob(bytes)) => Value::text(bytes.to_vec()),
            (_, ValueRef::Blob(bytes)) | (Self::Bytes, ValueRef::Text(bytes)) => {
                Value::Bytes(bytes.to_vec())
            }
            (Self::Moment, ValueRef::Text(bytes)) => moment(bytes),
            (Self::Expression, ValueRef::Text(bytes)) if bytes.len() == DATETIME_LEN => {
                moment(bytes)
            }
            (_, ValueRef::Text(bytes)) => Value::text(bytes.to_vec()),
        }
    }
}

/// The length of `YYYY-MM-DD HH:MM:SS`.
const DATETIME_LEN: usize = 19;

fn moment(text: &[u8]) -> Value {
    match std::str::from_utf8(text).ok().and_then(datetime::parse) {
        Some(Moment::Seconds(seconds)) => Value::Int(seconds),
        Some(Moment::Zero) => Value::Null,
        None => Value::text(text.to_vec()),
    }
}
