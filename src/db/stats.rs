//! How full the CA's tables are, counted before a run and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use super::database::Database;
use super::error::DbError;
use super::query::Query;
use super::value::Value;

/// What one count gets: it must not hold up a run, nor a CA with tables of millions.
const COUNT_WITHIN: Duration = Duration::from_secs(2);
/// MySQL's "Table doesn't exist", as messages have it, and SQLite's.
const NO_TABLE: [&str; 2] = ["(error 1146)", "no such table"];

/// Something that is counted.
struct Counted {
    /// Its name in the summary.
    name: &'static str,
    table: &'static str,
    /// Which rows, if not all.
    which: Option<&'static str>,
    /// Whether its absence is worth a word.
    expected: bool,
}

/// All rows of a table that Boulder has always had.
const fn all(table: &'static str) -> Counted {
    Counted { name: table, table, which: None, expected: true }
}

/// Boulder's tables; older schemas lack that of revocations.
const COUNTED: [Counted; 6] = [
    all("registrations"),
    Counted { expected: false, ..all("orders") },
    Counted { name: "pending_authorizations", which: Some("status = 0"), ..all("authz2") },
    Counted { name: "authorizations", ..all("authz2") },
    all("certificates"),
    Counted { name: "revocations", expected: false, ..all("revokedCertificates") },
];

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub rows: u64,
    /// Whether that is the database's own estimate, because counting took too long.
    pub estimated: bool,
}

/// The tables at one moment.
#[derive(Debug, Default)]
pub struct Counts {
    /// By the names that the summary uses. What could not be counted says why.
    pub rows: BTreeMap<&'static str, Result<Count, DbError>>,
    /// Tables that do not exist, though every Boulder has them.
    pub missing: BTreeSet<&'static str>,
}

/// Counts all at once, in about two seconds at most.
pub async fn count(database: &Database) -> Counts {
    let counting = join_all(COUNTED.iter().map(|counted| count_one(database, counted)));
    let mut counts = Counts::default();
    for (counted, count) in COUNTED.iter().zip(counting.await) {
        match count {
            Err(DbError::Sql { why, .. }) if NO_TABLE.iter().any(|words| why.contains(words)) => {
                counts.missing.extend(counted.expected.then_some(counted.table));
            }
            count => _ = counts.rows.insert(counted.name, count),
        }
    }
    counts
}

async fn count_one(database: &Database, counted: &Counted) -> Result<Count, DbError> {
    let Counted { table, which, .. } = counted;
    let which_rows = which.map(|which| format!(" WHERE {which}")).unwrap_or_default();
    let sql = format!("SELECT COUNT(*) FROM {table}{which_rows}");
    let query = Query::new(sql, Vec::new(), COUNT_WITHIN);
    let error = match database.query(query).await {
        Ok(rows) => return number(rows.into_value(), false),
        Err(error) => error,
    };
    // Nobody keeps an estimate of how many rows have some value.
    if !matches!(error, DbError::Timeout { .. }) || which.is_some() || !database.is_mysql() {
        return Err(error);
    }
    let sql = "SELECT TABLE_ROWS FROM information_schema.TABLES \
               WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
    let query = Query::new(sql, vec![Value::Text((*table).to_owned())], COUNT_WITHIN);
    match database.query(query).await {
        Ok(rows) => number(rows.into_value(), true).map_err(|_| error),
        Err(_) => Err(error),
    }
}

fn number(value: Option<Value>, estimated: bool) -> Result<Count, DbError> {
    match value {
        Some(Value::Int(rows)) => Ok(Count { rows: rows.unsigned_abs(), estimated }),
        other => Err(DbError::Internal(format!("a count is {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    fn counted(path: &Path, sql: &str) -> Counts {
        rusqlite::Connection::open(path).and_then(|conn| conn.execute_batch(sql)).expect("tables");
        let database = Database::sqlite(path.to_owned(), Arc::new(|_| {})).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(count(&database))
    }

    #[test]
    fn tables_are_counted_and_missing_ones_left_out() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let counts = counted(
            &folder.path().join("ca.sqlite"),
            "CREATE TABLE registrations (id INTEGER); CREATE TABLE authz2 (status INTEGER);
             INSERT INTO authz2 VALUES (0), (1), (0);
             CREATE TABLE revokedCertificates (id INTEGER); INSERT INTO revokedCertificates VALUES (7);",
        );
        let exact = |rows| Ok(Count { rows, estimated: false });
        let expected = [
            ("authorizations", exact(3)),
            ("pending_authorizations", exact(2)),
            ("registrations", exact(0)),
            ("revocations", exact(1)),
        ];
        assert_eq!(counts.rows, BTreeMap::from(expected));
        assert_eq!(counts.missing, BTreeSet::from(["certificates"]));
    }

    #[test]
    fn what_cannot_be_counted_says_why() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let counts = counted(
            &folder.path().join("ca.sqlite"),
            "CREATE TABLE authz2 (id INTEGER); CREATE TABLE certificates (id INTEGER)",
        );
        let error = counts.rows["pending_authorizations"].as_ref().expect_err("no column status");
        assert!(error.to_string().contains("status"), "{error}");
    }
}
