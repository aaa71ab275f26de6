//! A database for the tests of this folder.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::lookup::{Cell, Lookup};

/// An SQLite database in memory, with Boulder's tables.
pub(super) struct Tables(Connection);

impl Tables {
    pub(super) fn new() -> Self {
        let tables = Self(Connection::open_in_memory().expect("memory"));
        tables.run(
            "CREATE TABLE registrations (id INTEGER, jwk_sha256 TEXT, status TEXT);
             CREATE TABLE orders (id INTEGER, registrationID INTEGER, certificateSerial TEXT, created TEXT, authzs BLOB);
             CREATE TABLE certificates (id INTEGER PRIMARY KEY, registrationID INTEGER, serial TEXT, digest TEXT);
             CREATE TABLE certificateStatus (id INTEGER PRIMARY KEY, serial TEXT, status TEXT);
             CREATE TABLE serials (id INTEGER PRIMARY KEY, serial TEXT);
             CREATE TABLE precertificates (id INTEGER PRIMARY KEY, serial TEXT);
             CREATE TABLE issuedNames (id INTEGER PRIMARY KEY, serial TEXT, reversedName TEXT);
             CREATE TABLE revokedCertificates (id INTEGER PRIMARY KEY, serial TEXT);",
        );
        tables
    }

    /// Runs statements.
    pub(super) fn run(&self, sql: &str) {
        self.0.execute_batch(sql).expect("the test's own SQL");
    }
}

impl Lookup for Tables {
    async fn rows(&self, sql: String, parameters: Vec<Cell>) -> Result<Vec<Vec<Cell>>, String> {
        let told = |error: rusqlite::Error| error.to_string();
        let mut statement = self.0.prepare(&sql).map_err(told)?;
        let width = statement.column_count();
        let values = parameters.into_iter().map(|cell| match cell {
            Cell::Null => rusqlite::types::Value::Null,
            Cell::Int(number) => number.into(),
            Cell::Text(text) => text.into(),
            Cell::Bytes(bytes) => bytes.into(),
        });
        let cell = |value: ValueRef<'_>| match value {
            ValueRef::Integer(number) => Cell::Int(number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
            _ => Cell::Null,
        };
        let rows = statement
            .query_map(params_from_iter(values), |row| {
                (0..width).map(|at| row.get_ref(at).map(cell)).collect()
            })
            .map_err(told)?;
        rows.collect::<Result<_, _>>().map_err(told)
    }
}
