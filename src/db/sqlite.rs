//! The embedded CA's tables in SQLite, read with the types that a MySQL server would give.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{timeout, timeout_at};

use super::datetime::{self, Moment};
use super::error::DbError;
use super::query::{Collector, Query, Rows};
use super::value::Value;

/// Waits until what was enqueued for the tables so far is there, for at most as long as it is given.
pub type Flush = Arc<dyn Fn(Duration) + Send + Sync>;

/// Lookups at once; each has a connection and, while it works, a thread.
const CONNECTIONS: usize = 4;
/// How often one is told to end whose time is over.
const INTERRUPT_EVERY: Duration = Duration::from_millis(100);
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
            (tables.flush)(asked.patience());
            let done = job(&conn, &asked);
            tables.idle().push(conn);
            drop(place);
            done
        });
        if let Ok(done) = timeout_at(query.deadline, &mut work).await {
            return done.map_err(|error| DbError::Internal(error.to_string()))?;
        }
        // Again and again: what has not begun yet is not interrupted.
        tokio::spawn(async move {
            interrupt.interrupt();
            while timeout(INTERRUPT_EVERY, &mut work).await.is_err() {
                interrupt.interrupt();
            }
        });
        Err(query.timed_out("it is still at work"))
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
    let before = conn.total_changes();
    let mut returned = statement.raw_query();
    while returned.next().map_err(failed)?.is_some() {}
    Ok(conn.total_changes() - before)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;
    use crate::db::database::Database;

    /// A file with what `sql` makes, and the database that reads it.
    struct Made {
        _folder: tempfile::TempDir,
        database: Database,
        flushed: Arc<AtomicU32>,
    }

    fn made(sql: &str, write: bool) -> Made {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ca.sqlite");
        Connection::open(&path).and_then(|conn| conn.execute_batch(sql)).expect("sound SQL");
        let flushed = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&flushed);
        let flush = Arc::new(move |_| _ = counted.fetch_add(1, Ordering::Relaxed));
        let database = Database::sqlite_with(path, flush, write).expect("a thread");
        Made { _folder: folder, database, flushed }
    }

    fn waited<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(work)
    }

    impl Made {
        fn ask(&self, sql: &str, params: Vec<Value>) -> Result<Rows, DbError> {
            let query = Query::new(sql, params, Duration::from_millis(500));
            waited(self.database.query(query))
        }
    }

    #[test]
    fn declared_columns_have_the_types_of_mysql() {
        let made = made(
            "CREATE TABLE t (id INTEGER, status TINYINT, big BIGINT UNSIGNED, at DATETIME, zero DATETIME,
                 d DATE, price DECIMAL(10,2), share DOUBLE, name VARCHAR(255), token BINARY(2),
                 der MEDIUMBLOB, note TEXT, missing INT);
             INSERT INTO t VALUES (1, 2, 3, '2026-08-01 12:00:00', '0000-00-00 00:00:00', '2000-02-29',
                 1.5, 2, 'a', 'xy', X'00FF', X'FF', NULL)",
            false,
        );
        let rows = made.ask("SELECT * FROM t", Vec::new()).expect("a row");
        let expected = vec![
            Value::Int(1),
            Value::Int(2),
            Value::Int(3),
            Value::Int(1_785_585_600),
            Value::Null,
            Value::Int(951_782_400),
            Value::Text("1.5".into()),
            Value::Float(2.0),
            Value::Text("a".into()),
            Value::Bytes(b"xy".to_vec()),
            Value::Bytes(vec![0, 255]),
            Value::Bytes(vec![255]),
            Value::Null,
        ];
        assert_eq!(rows.rows, [expected]);
        let rows = made.ask("SELECT MAX(at), MAX(name), COUNT(*) FROM t", Vec::new());
        let expected = [Value::Int(1_785_585_600), Value::Text("a".into()), Value::Int(1)];
        assert_eq!(rows.expect("a row").rows, [expected]);
        assert_eq!(made.flushed.load(Ordering::Relaxed), 2, "before each lookup");
    }

    #[test]
    fn parameters_are_bound() {
        let made = made("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2)", false);
        let params = vec![Value::Int(1), Value::Text("' OR 1 --".into())];
        let rows = made.ask("SELECT id FROM t WHERE id > ? AND id <> ?", params).expect("rows");
        assert_eq!(rows.into_value(), Some(Value::Int(2)));
        let error = made.ask("SELECT ?", Vec::new()).expect_err("one is missing");
        assert!(matches!(error, DbError::Params { wanted: 1, given: 0, .. }));
        let error = made.ask("SELECT nope FROM t", Vec::new()).expect_err("no such column");
        assert!(error.to_string().contains("no such column: nope"), "{error}");
    }

    #[test]
    fn nothing_changes_unless_it_may() {
        let change = || Query::new("DELETE FROM t", Vec::new(), Duration::from_secs(5));
        let sql = "CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2)";
        let kept = made(sql, false);
        let error = waited(kept.database.execute(change())).expect_err("not allowed");
        assert!(error.to_string().contains("--db-write"), "{error}");
        for trick in ["WITH x AS (SELECT 1) DELETE FROM t", "/* */ DELETE FROM t"] {
            let error = kept.ask(trick, Vec::new()).expect_err(trick);
            assert!(matches!(error, DbError::NoQuery { .. }), "{error}");
        }
        let writable = made(sql, true);
        assert_eq!(waited(writable.database.execute(change())), Ok(2));
        let error = writable.ask("/* */ DELETE FROM t", Vec::new()).expect_err("not as a query");
        assert!(matches!(error, DbError::NoQuery { .. }), "{error}");
    }

    #[test]
    fn a_writer_that_is_far_behind_leaves_lookups_their_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ca.sqlite");
        Connection::open(&path)
            .and_then(|conn| conn.execute_batch("CREATE TABLE t (id INTEGER)"))
            .expect("sound SQL");
        let behind = Arc::new(std::thread::sleep);
        let database = Database::sqlite(path, behind).expect("a thread");
        let query = Query::new("SELECT COUNT(*) FROM t", Vec::new(), Duration::from_secs(2));
        let rows = waited(database.query(query)).expect("what is there");
        assert_eq!(rows.into_value(), Some(Value::Int(0)));
    }

    #[test]
    fn what_never_ends_is_interrupted() {
        let made = made("", false);
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT COUNT(*) FROM n";
        let start = Instant::now();
        // More than there are connections: each has to become free again.
        for _ in 0..=CONNECTIONS {
            let error = made.ask(endless, Vec::new()).expect_err("it never ends");
            assert!(matches!(error, DbError::Timeout { .. }), "{error}");
        }
        assert!(start.elapsed() < Duration::from_secs(20));
        made.ask("SELECT 1", Vec::new()).expect("nobody is in the way");
    }
}
