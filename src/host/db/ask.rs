//! What the functions of `db` do: a script's values to the database and back, timed.

use std::time::{Duration, Instant};

use rhai::{Array, Dynamic, Engine, Identifier, ImmutableString, Map};

use super::KEYS;
use crate::attacker::context::{ChainContext, current};
use crate::attacker::fiber;
use crate::db::database::Database;
use crate::db::datetime as moments;
use crate::db::error::DbError;
use crate::db::query::{Bounds, Query, Rows};
use crate::db::table::TableName;
use crate::db::value::Value;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{Options, ScriptResult, ended, throw, type_word};

/// What a lookup gets unless `timeout_ms` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
/// What it can get at most.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) fn query(
    engine: &Engine,
    sql: &str,
    params: Array,
    options: Option<Map>,
) -> ScriptResult<Array> {
    let query = question("db::query", sql, params, options)?;
    maps(read(Query { bounds: bounds(engine), ..query })?)
}

pub(super) fn row(
    engine: &Engine,
    sql: &str,
    params: Array,
    options: Option<Map>,
) -> ScriptResult<Dynamic> {
    let query = question("db::row", sql, params, options)?;
    let rows = maps(read(Query { bounds: bounds(engine), keep: 1, ..query })?)?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

pub(super) fn value(
    engine: &Engine,
    sql: &str,
    params: Array,
    options: Option<Map>,
) -> ScriptResult<Dynamic> {
    let query = question("db::value", sql, params, options)?;
    let rows = read(Query { bounds: bounds(engine), keep: 1, ..query })?;
    Ok(rows.into_value().map(received).unwrap_or_default())
}

pub(super) fn any(engine: &Engine, name: &str, options: Option<Map>) -> ScriptResult<bool> {
    let sql = format!("SELECT 1 FROM {} LIMIT 1", table("db::any", name)?);
    let query = question("db::any", &sql, Array::new(), options)?;
    let rows = read(Query { bounds: bounds(engine), ..query })?;
    Ok(!rows.rows.is_empty())
}

pub(super) fn count(engine: &Engine, name: &str, options: Option<Map>) -> ScriptResult<i64> {
    let sql = format!("SELECT COUNT(*) FROM {}", table("db::count", name)?);
    let query = question("db::count", &sql, Array::new(), options)?;
    match read(Query { bounds: bounds(engine), ..query })?.into_value() {
        Some(Value::Int(count)) => Ok(count),
        other => {
            let told = format!("db::count: the database answered {other:?}");
            Err(throw(HostError::new(ErrorKind::Internal, told)))
        }
    }
}

pub(super) fn execute(sql: &str, params: Array, options: Option<Map>) -> ScriptResult<i64> {
    let query = question("db::execute", sql, params, options)?;
    let database = database()?;
    let count = measured(async move { database.execute(query).await })?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

pub(super) fn available() -> ScriptResult<bool> {
    Ok(current()?.shard.database.is_some())
}

pub(super) fn datetime(seconds: i64) -> ScriptResult<ImmutableString> {
    moments::to_text(seconds)
        .map(Into::into)
        .ok_or_else(|| throw(HostError::argument(format!("db::datetime: {seconds} is no date"))))
}

fn table(function: &str, name: &str) -> ScriptResult<TableName> {
    TableName::parse(name).ok_or_else(|| {
        let want = "want letters, digits and _, or two such names with a dot";
        throw(HostError::argument(format!("{function}: `{name}` is no name of a table; {want}")))
    })
}

/// What `function` is to ask.
fn question(
    function: &'static str,
    sql: &str,
    params: Array,
    options: Option<Map>,
) -> ScriptResult<Query> {
    let timeout = match options {
        Some(map) => timeout(function, map).map_err(throw)?,
        None => DEFAULT_TIMEOUT,
    };
    let params = params.into_iter().enumerate().map(|(index, value)| {
        parameter(value).map_err(|word| {
            let want = "want a string, blob, integer, float, bool or ()";
            let told = format!("{function}: parameter {}: {want}, got {word}", index + 1);
            throw(HostError::argument(told))
        })
    });
    Ok(Query::new(sql, params.collect::<Result<_, _>>()?, timeout))
}

fn timeout(function: &'static str, map: Map) -> Result<Duration, HostError> {
    let mut options = Options::new(function, map, KEYS)?;
    let timeout = options.millis("timeout_ms")?.unwrap_or(DEFAULT_TIMEOUT);
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        return Err(options.wrong("timeout_ms", "want more than 0 and at most an hour"));
    }
    Ok(timeout)
}

/// A script's value for the database, or the word for what it is.
fn parameter(value: Dynamic) -> Result<Value, &'static str> {
    let value = value.flatten();
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(Value::Text(text.to_string()));
    }
    if let Ok(number) = value.as_int() {
        return Ok(Value::Int(number));
    }
    if let Ok(flag) = value.as_bool() {
        return Ok(Value::Int(flag.into()));
    }
    match value.as_float() {
        Ok(number) => Ok(Value::Float(number)),
        Err(_) if value.is_unit() => Ok(Value::Null),
        Err(_) => {
            let word = type_word(&value);
            value.into_blob().map(Value::Bytes).map_err(|_| word)
        }
    }
}

fn received(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => Dynamic::from_blob(bytes),
    }
}

/// Rows as maps.
///
/// # Errors
/// When two columns have one name: a map could hold only one of them.
fn maps(rows: Rows) -> ScriptResult<Array> {
    let columns: Vec<Identifier> = rows.columns.iter().map(Into::into).collect();
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = columns.iter().find(|column| !seen.insert(*column)) {
        let told = format!("two columns are named `{twice}`; name one of them with AS");
        return Err(throw(HostError::argument(told)));
    }
    let map = |row: Vec<Value>| {
        let values = columns.iter().cloned().zip(row.into_iter().map(received));
        Dynamic::from_map(values.collect())
    };
    Ok(rows.rows.into_iter().map(map).collect())
}

/// What a script may hold: an array of maps is counted with all its parts.
fn bounds(engine: &Engine) -> Bounds {
    let or_any = |most: usize| if most == 0 { usize::MAX } else { most };
    Bounds {
        rows: or_any(engine.max_array_size()),
        values: or_any(engine.max_map_size()),
        bytes: or_any(engine.max_string_size()),
    }
}

fn read(query: Query) -> ScriptResult<Rows> {
    let database = database()?;
    measured(async move { database.query(query).await })
}

fn database() -> ScriptResult<Database> {
    current()?.shard.database.clone().ok_or_else(|| {
        let told = "this run has no database: give --mysql URI with --directory URL; without either, \
                    scripts that use acme get an embedded CA, whose tables can be asked";
        throw(HostError::new(ErrorKind::NoDatabase, told))
    })
}

/// Waits for `work` and records how long it took and whether it failed.
fn measured<T>(work: impl Future<Output = Result<T, DbError>>) -> ScriptResult<T> {
    let chain = current()?;
    let start = Instant::now();
    let done = fiber::wait(work).map_err(ended)?;
    record(&chain, start.elapsed(), done.is_ok());
    done.map_err(|error| throw(error.into()))
}

fn record(chain: &ChainContext, took: Duration, ok: bool) {
    chain.shard.recorder.borrow_mut().lookup(chain.place, took, ok);
}
