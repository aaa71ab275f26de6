//! One question on one connection to MySQL or MariaDB, and its values in our types.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, DriverError, Error, Params, Value as Sent};

use super::datetime;
use super::error::{DbError, said};
use super::query::{Collector, Query, Rows};
use super::statement;
use super::value::Value;

/// The collation of columns that hold bytes, not text.
const BINARY: u16 = 63;

/// Why a connection did not answer.
pub(super) enum Failure {
    /// The connection is as good as before.
    Answered(DbError),
    /// The rest of an answer is still to come: the connection is of no use.
    Unread(DbError),
    /// The connection has ended, and the statement may be tried on another one.
    Broken(String),
    /// The connection has ended while the statement ran, and it must not be run twice.
    Lost(String),
}

/// What is done on a connection.
pub(super) type Job<T> = for<'a> fn(&'a mut Conn, &'a Query) -> BoxFuture<'a, Result<T, Failure>>;

/// Runs `query` and collects its rows.
pub(super) fn read<'a>(
    conn: &'a mut Conn,
    query: &'a Query,
) -> BoxFuture<'a, Result<Rows, Failure>> {
    async move {
        let failed = |error| failure(error, query);
        let mut result = conn.exec_iter(query.sql.as_str(), params(query)).await.map_err(failed)?;
        let columns = result.columns().unwrap_or_default();
        let names = columns.iter().map(|column| column.name_str().into_owned()).collect();
        let mut collector = Collector::new(query, names);
        while let Some(row) = result.next().await.map_err(failed)? {
            let values = columns.iter().zip(row.unwrap_raw());
            let row = values.map(|(column, value)| received(column, value)).collect();
            collector.take(row).map_err(Failure::Unread)?;
        }
        // What a procedure returned besides is not asked for.
        result.drop_result().await.map_err(failed)?;
        Ok(collector.finish())
    }
    .boxed()
}

/// Runs `query` and counts the rows that it changed.
pub(super) fn change<'a>(
    conn: &'a mut Conn,
    query: &'a Query,
) -> BoxFuture<'a, Result<u64, Failure>> {
    async move {
        // Asked first, because later nobody knows whether the change was made.
        conn.ping().await.map_err(|error| Failure::Broken(said(&error)))?;
        let failed = |error| match failure(error, query) {
            Failure::Broken(why) => Failure::Lost(why),
            other => other,
        };
        let mut result = conn.exec_iter(query.sql.as_str(), params(query)).await.map_err(failed)?;
        let mut returned = 0;
        while result.next().await.map_err(failed)?.is_some() {
            returned += 1;
        }
        result.drop_result().await.map_err(failed)?;
        // Servers do not count the rows that they give back.
        let changed = match statement::returns_rows(&query.sql) {
            true => returned,
            false => conn.affected_rows(),
        };
        // A script's session ends here: its variables, locks and transactions must not become another's.
        conn.reset().await.map_err(failed)?;
        Ok(changed)
    }
    .boxed()
}

fn params(query: &Query) -> Params {
    match query.params.as_slice() {
        [] => Params::Empty,
        params => Params::Positional(params.iter().map(sent).collect()),
    }
}

fn sent(value: &Value) -> Sent {
    match value {
        Value::Null => Sent::NULL,
        Value::Int(number) => Sent::Int(*number),
        Value::Float(number) => Sent::Double(*number),
        Value::Text(text) => Sent::Bytes(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Sent::Bytes(bytes.clone()),
    }
}

fn failure(error: Error, query: &Query) -> Failure {
    let sql = query.shown();
    match error {
        Error::Server(ref server) if ends_connection(server.code) => Failure::Broken(said(&error)),
        Error::Server(ref server) if server.code == READ_ONLY => {
            Failure::Answered(DbError::ReadOnly { sql })
        }
        Error::Server(_) => Failure::Answered(DbError::Sql { why: said(&error), sql }),
        Error::Driver(DriverError::StmtParamsMismatch { required, supplied }) => {
            let (wanted, given) = (usize::from(required), supplied);
            Failure::Answered(DbError::Params { wanted, given, sql })
        }
        Error::Driver(
            error @ (DriverError::MixedParams
            | DriverError::Params(_)
            | DriverError::StmtParamsNumberExceedsLimit { .. }),
        ) => Failure::Answered(DbError::Sql { why: error.to_string(), sql }),
        Error::Driver(DriverError::PacketTooLarge) => {
            Failure::Unread(DbError::TooLarge { most: "64 MiB in one row".to_owned(), sql })
        }
        error => Failure::Broken(said(&error)),
    }
}

/// "Cannot execute statement in a READ ONLY transaction".
const READ_ONLY: u16 = 1792;

/// What a server says when it shuts down, or when somebody or the server's own patience ended the
/// connection.
const fn ends_connection(code: u16) -> bool {
    matches!(code, 1053 | 1077 | 1079 | 1152..=1161 | 1184 | 1927 | 3169 | 4031)
}

fn received(column: &Column, value: Option<Sent>) -> Value {
    match value {
        None | Some(Sent::NULL) => Value::Null,
        Some(Sent::Int(number)) => Value::Int(number),
        Some(Sent::UInt(number)) => match i64::try_from(number) {
            Ok(number) => Value::Int(number),
            Err(_) => Value::Text(number.to_string()),
        },
        // By way of its digits, so that 0.1 stays 0.1.
        Some(Sent::Float(number)) => {
            Value::Float(number.to_string().parse().unwrap_or_else(|_| number.into()))
        }
        Some(Sent::Double(number)) => Value::Float(number),
        Some(Sent::Bytes(bytes)) if holds_bytes(column) => Value::Bytes(bytes),
        Some(Sent::Bytes(bytes)) => Value::text(bytes),
        Some(Sent::Date(year, month, day, hour, minute, second, _)) => {
            datetime::from_parts((year.into(), month, day), (hour, minute, second))
                .map_or(Value::Null, Value::Int)
        }
        Some(Sent::Time(negative, days, hours, minutes, seconds, micros)) => {
            let sign = if negative { "-" } else { "" };
            let hours = u64::from(days) * 24 + u64::from(hours);
            let fraction = if micros > 0 { format!(".{micros:06}") } else { String::new() };
            Value::Text(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}"))
        }
    }
}

fn holds_bytes(column: &Column) -> bool {
    use ColumnType as Type;
    match column.column_type() {
        Type::MYSQL_TYPE_BIT | Type::MYSQL_TYPE_GEOMETRY | Type::MYSQL_TYPE_VECTOR => true,
        Type::MYSQL_TYPE_STRING
        | Type::MYSQL_TYPE_VAR_STRING
        | Type::MYSQL_TYPE_VARCHAR
        | Type::MYSQL_TYPE_BLOB
        | Type::MYSQL_TYPE_TINY_BLOB
        | Type::MYSQL_TYPE_MEDIUM_BLOB
        | Type::MYSQL_TYPE_LONG_BLOB => {
            let words = ColumnFlags::ENUM_FLAG | ColumnFlags::SET_FLAG;
            column.character_set() == BINARY && !column.flags().intersects(words)
        }
        _ => false,
    }
}
