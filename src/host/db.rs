//! `db`: lookups in the CA's database.

use std::time::{Duration, Instant};

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Identifier, ImmutableString, Map};

use crate::attacker::context::{ChainContext, current};
use crate::attacker::fiber;
use crate::db::database::Database;
use crate::db::datetime as moments;
use crate::db::error::DbError;
use crate::db::query::{Bounds, Query, Rows};
use crate::db::table::TableName;
use crate::db::value::Value;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{Options, ScriptResult, at, ended, throw, type_word};

/// What a lookup gets unless `timeout_ms` says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
/// What it can get at most.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// What the trailing map of each function may hold.
pub const KEYS: &[&str] = &["timeout_ms"];

/// The CA's database: the one that `--mysql` names, or the tables of the embedded CA.
///
/// Parameters are bound, never pasted: a `?` in the statement for each. A parameter is a string, blob,
/// integer, float, bool or `()`. Both databases understand the same simple SQL; to compare with a
/// column of dates, use `db::datetime`.
///
/// Values arrive as: integers; floats; `()` for NULL and for dates of zeros; DATE, DATETIME and
/// TIMESTAMP as whole seconds since 1970; text, JSON and TIME as strings; BLOB, BINARY and BIT as
/// blobs; DECIMAL as a string of its digits, so that nothing is lost (MySQL's SUM and AVG make those
/// of integers); an unsigned integer above 2^63 - 1 as a string of its digits.
///
/// Every lookup is a sample of the metrics `db_query_duration` and `db_query_failed`.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Array, Dynamic, ImmutableString, Map};

    /// The rows that a statement finds: an array of maps from column to value.
    ///
    /// Options: `timeout_ms`, waiting for a free connection included (default 2,000).
    ///
    /// Errors: `no_database` when this run has none, `argument` for wrong parameters or a statement
    /// that does not only read, `database` for what the server refuses, `connect`, `closed` or
    /// `timeout` when it is not there, `too_large` for an answer beyond the script's limits.
    ///
    /// # Example
    /// ```rhai
    /// if db::available() {
    ///     let sql = "SELECT id, status FROM registrations WHERE id > ? ORDER BY id LIMIT 10";
    ///     for account in db::query(sql, [0], #{ timeout_ms: 5_000 }) {
    ///         log::info(`account ${account.id} is ${account.status}`);
    ///     }
    /// }
    /// ```
    #[rhai_fn(name = "query", return_raw)]
    pub fn query_with(
        ctx: NativeCallContext,
        sql: &str,
        params: Array,
        options: Map,
    ) -> ScriptResult<Array> {
        super::at(&ctx, super::query(ctx.engine(), sql, params, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(name = "query", return_raw)]
    pub fn query_bound(ctx: NativeCallContext, sql: &str, params: Array) -> ScriptResult<Array> {
        super::at(&ctx, super::query(ctx.engine(), sql, params, None))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn query(ctx: NativeCallContext, sql: &str) -> ScriptResult<Array> {
        super::at(&ctx, super::query(ctx.engine(), sql, super::Array::new(), None))
    }

    /// The first row that a statement finds as a map, or `()`.
    ///
    /// Options and errors: as `db::query`. Give the statement a LIMIT: what comes after the first row
    /// is read and thrown away.
    ///
    /// # Example
    /// ```rhai
    /// if db::available() {
    ///     let account = db::row("SELECT id, status FROM registrations WHERE id >= ? LIMIT 1", [1]);
    ///     if account != () { check::that("has a status", account.status != ""); }
    /// }
    /// ```
    #[rhai_fn(name = "row", return_raw)]
    pub fn row_with(
        ctx: NativeCallContext,
        sql: &str,
        params: Array,
        options: Map,
    ) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::row(ctx.engine(), sql, params, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(name = "row", return_raw)]
    pub fn row_bound(ctx: NativeCallContext, sql: &str, params: Array) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::row(ctx.engine(), sql, params, None))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn row(ctx: NativeCallContext, sql: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::row(ctx.engine(), sql, super::Array::new(), None))
    }

    /// The first value of the first row that a statement finds, or `()`.
    ///
    /// Options and errors: as `db::row`.
    ///
    /// # Example
    /// ```rhai
    /// if db::available() {
    ///     let newest = db::value("SELECT MAX(id) FROM registrations");
    ///     log::info(`the newest account is ${newest}`);
    /// }
    /// ```
    #[rhai_fn(name = "value", return_raw)]
    pub fn value_with(
        ctx: NativeCallContext,
        sql: &str,
        params: Array,
        options: Map,
    ) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::value(ctx.engine(), sql, params, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(name = "value", return_raw)]
    pub fn value_bound(ctx: NativeCallContext, sql: &str, params: Array) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::value(ctx.engine(), sql, params, None))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn value(ctx: NativeCallContext, sql: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::value(ctx.engine(), sql, super::Array::new(), None))
    }

    /// Whether a table has any row. It looks for one only, so that a table of millions costs no more.
    ///
    /// `table` is a name, or a schema's and a table's with a dot. Options and errors: as `db::query`.
    ///
    /// # Example
    /// ```rhai
    /// if db::available() && db::any("registrations") { log::info("somebody has registered"); }
    /// ```
    #[rhai_fn(name = "any", return_raw)]
    pub fn any_with(ctx: NativeCallContext, table: &str, options: Map) -> ScriptResult<bool> {
        super::at(&ctx, super::any(ctx.engine(), table, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn any(ctx: NativeCallContext, table: &str) -> ScriptResult<bool> {
        super::at(&ctx, super::any(ctx.engine(), table, None))
    }

    /// How many rows a table has. InnoDB reads them all for that: not for tables of millions, where
    /// it would need more than its time and slow the CA down.
    ///
    /// `table` is a name, or a schema's and a table's with a dot. Options and errors: as `db::query`.
    ///
    /// # Example
    /// ```rhai
    /// if db::available() { metric::gauge("accounts", db::count("registrations")); }
    /// ```
    #[rhai_fn(name = "count", return_raw)]
    pub fn count_with(ctx: NativeCallContext, table: &str, options: Map) -> ScriptResult<i64> {
        super::at(&ctx, super::count(ctx.engine(), table, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn count(ctx: NativeCallContext, table: &str) -> ScriptResult<i64> {
        super::at(&ctx, super::count(ctx.engine(), table, None))
    }

    /// Runs a statement that changes something and returns how many rows it changed. It is refused
    /// unless coyote was started with `--db-write`. Each call is a transaction of its own.
    ///
    /// Options and errors: as `db::query`; `argument` without `--db-write`. After a `timeout` or
    /// `closed`, nobody knows whether the change was made.
    ///
    /// # Example
    /// ```rhai
    /// let kind = "";
    /// try { db::execute("DELETE FROM authz2 WHERE id = ?", [0]); } catch (err) { kind = err.kind; }
    /// check::that("not without --db-write", kind == "argument" || kind == "no_database");
    /// ```
    #[rhai_fn(name = "execute", return_raw)]
    pub fn execute_with(
        ctx: NativeCallContext,
        sql: &str,
        params: Array,
        options: Map,
    ) -> ScriptResult<i64> {
        super::at(&ctx, super::execute(sql, params, Some(options)))
    }

    /// See the overload with options.
    #[rhai_fn(name = "execute", return_raw)]
    pub fn execute_bound(ctx: NativeCallContext, sql: &str, params: Array) -> ScriptResult<i64> {
        super::at(&ctx, super::execute(sql, params, None))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn execute(ctx: NativeCallContext, sql: &str) -> ScriptResult<i64> {
        super::at(&ctx, super::execute(sql, super::Array::new(), None))
    }

    /// Whether this run has a database: that of `--mysql`, or the embedded CA's.
    ///
    /// # Example
    /// ```rhai
    /// if !db::available() { log::info("no database; give --mysql"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn available() -> ScriptResult<bool> {
        super::available()
    }

    /// Seconds since 1970 as a text that compares with columns of dates in every database:
    /// `2026-08-01 12:00:00`, in UTC.
    ///
    /// Errors: `argument` when the year would not have four digits.
    ///
    /// # Example
    /// ```rhai
    /// check::that("formatted", db::datetime(86_399) == "1970-01-01 23:59:59");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn datetime(ctx: NativeCallContext, seconds: i64) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::datetime(seconds))
    }
}

fn query(engine: &Engine, sql: &str, params: Array, options: Option<Map>) -> ScriptResult<Array> {
    let query = question("db::query", sql, params, options)?;
    maps(read(Query { bounds: bounds(engine), ..query })?)
}

fn row(engine: &Engine, sql: &str, params: Array, options: Option<Map>) -> ScriptResult<Dynamic> {
    let query = question("db::row", sql, params, options)?;
    let rows = maps(read(Query { bounds: bounds(engine), keep: 1, ..query })?)?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

fn value(engine: &Engine, sql: &str, params: Array, options: Option<Map>) -> ScriptResult<Dynamic> {
    let query = question("db::value", sql, params, options)?;
    let rows = read(Query { bounds: bounds(engine), keep: 1, ..query })?;
    Ok(rows.into_value().map(received).unwrap_or_default())
}

fn any(engine: &Engine, name: &str, options: Option<Map>) -> ScriptResult<bool> {
    let sql = format!("SELECT 1 FROM {} LIMIT 1", table("db::any", name)?);
    let query = question("db::any", &sql, Array::new(), options)?;
    let rows = read(Query { bounds: bounds(engine), ..query })?;
    Ok(!rows.rows.is_empty())
}

fn count(engine: &Engine, name: &str, options: Option<Map>) -> ScriptResult<i64> {
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

fn execute(sql: &str, params: Array, options: Option<Map>) -> ScriptResult<i64> {
    let query = question("db::execute", sql, params, options)?;
    let database = database()?;
    let count = measured(async move { database.execute(query).await })?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

fn available() -> ScriptResult<bool> {
    Ok(current()?.shard.database.is_some())
}

fn datetime(seconds: i64) -> ScriptResult<ImmutableString> {
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

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
