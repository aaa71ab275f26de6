//! `db`: lookups in the CA's database.

mod ask;

use rhai::Array;
use rhai::plugin::*;

use self::ask::{any, available, count, datetime, execute, query, row, value};
use crate::host::convert::at;

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
    /// that does not only read (nor INTO OUTFILE, nor what is between `/*!` and `*/`), `database` for
    /// what the server refuses, `connect`, `closed` or `timeout` when it is not there, `too_large` for
    /// an answer beyond the script's limits.
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
    /// unless coyote was started with `--db-write`. Each call is a transaction of its own, on any
    /// connection: BEGIN, LOCK TABLES, SET of what is not global and the like are refused.
    ///
    /// Options and errors: as `db::query`; `argument` without `--db-write`, and for what only reads.
    /// After a `timeout` or `closed`, nobody knows whether the change was made.
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

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
