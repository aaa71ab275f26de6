//! A database for the tests of this folder, and what a CA with these rows confirms.

use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::comparison::{Patience, compare};
use super::entry::Leaf;
use super::identifier::IdentifierDigest;
use super::ledger::Ledger;
use super::lookup::{Cell, Lookup};
use super::names::Names;
use super::scope::Scope;
use super::serial::Serial;
use crate::record::audit_block::{ComparedBlock, FindingsBlock};

pub(super) const ACCOUNT: &str = "http://ca/acct/7";
pub(super) const ORDER: &str = "http://ca/order/12";
pub(super) const AUTHZ: &str = "http://ca/authz/21";
pub(super) const KEY: [u8; 32] = [3; 32];

/// An SQLite database in memory, with Boulder's tables.
pub(super) struct Tables(Connection);

impl Tables {
    pub(super) fn new() -> Self {
        let tables = Self(Connection::open_in_memory().expect("memory"));
        tables.run(
            "CREATE TABLE registrations (id INTEGER, jwk_sha256 TEXT, status TEXT);
             CREATE TABLE orders (id INTEGER, registrationID INTEGER, certificateSerial TEXT, created TEXT, authzs BLOB);
             CREATE TABLE authz2 (id INTEGER, registrationID INTEGER, identifierType INTEGER, identifierValue TEXT, status INTEGER, token BLOB);
             CREATE TABLE certificates (id INTEGER PRIMARY KEY, registrationID INTEGER, serial TEXT, digest TEXT);
             CREATE TABLE certificateStatus (id INTEGER PRIMARY KEY, serial TEXT, status TEXT, revokedReason INTEGER);
             CREATE TABLE serials (id INTEGER PRIMARY KEY, serial TEXT);
             CREATE TABLE precertificates (id INTEGER PRIMARY KEY, serial TEXT);
             CREATE TABLE issuedNames (id INTEGER PRIMARY KEY, serial TEXT, reversedName TEXT);
             CREATE TABLE revokedCertificates (id INTEGER PRIMARY KEY, serial TEXT, revokedReason INTEGER);",
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

/// The certificate.
pub(super) fn leaf() -> Leaf {
    let serial = Serial::from_bytes(&[0x6e, 1]).expect("short");
    Leaf { serial, names: Names::of(["a.com", "b.com"]), digest: [9; 8] }
}

/// That of the authorization.
pub(super) fn identifier() -> IdentifierDigest {
    IdentifierDigest::of("dns", "a.com", true)
}

/// One account, its order and authorization, and the order's certificate.
pub(super) fn ledger() -> Ledger {
    let ledger = Ledger::default();
    ledger.account(ACCOUNT, KEY, "valid");
    ledger.order(ORDER, ACCOUNT, "pending");
    ledger.authorization(AUTHZ, ACCOUNT, Some(identifier()), "valid");
    ledger.finalizing(ORDER);
    ledger.order(ORDER, ACCOUNT, "valid");
    ledger.certificate(&leaf(), ACCOUNT, Some(ORDER));
    ledger
}

/// The rows that [`ledger`] asks for.
pub(super) fn tables() -> Tables {
    let tables = Tables::new();
    let (serial, key) = (leaf().serial, BASE64_STANDARD.encode(KEY));
    let digest = BASE64_URL_SAFE_NO_PAD.encode([9; 32]);
    tables.run(&format!(
        "INSERT INTO registrations VALUES (7, '{key}', 'valid'), (8, 'other', 'valid');
         INSERT INTO orders VALUES (12, 7, '{serial}', 't1', x'01'), (13, 8, '', 't1', x'02');
         INSERT INTO authz2 VALUES (21, 7, 0, '*.a.com', 1, x'01');
         INSERT INTO certificates VALUES (1, 7, '{serial}', '{digest}');
         INSERT INTO certificateStatus VALUES (1, '{serial}', 'good', 0);
         INSERT INTO serials VALUES (1, '{serial}');
         INSERT INTO precertificates VALUES (1, '{serial}');
         INSERT INTO issuedNames VALUES (1, '{serial}', 'com.a'), (2, '{serial}', 'com.b');"
    ));
    tables
}

/// What clients noted, compared with what the tables have; none was there before.
pub(super) fn compared(ledger: &Ledger, tables: &Tables) -> ComparedBlock {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let scope = Scope::read(&Tables::new()).await;
        let compared = compare(ledger, tables, &scope, Patience::NONE, |_| {}).await;
        compared.expect("all tables are there")
    })
}

/// What is wrong, a line each.
pub(super) fn wrong(ledger: &Ledger, tables: &Tables) -> String {
    let block = compared(ledger, tables);
    let mut told = String::new();
    let mut tell = |sort: &str, block: &FindingsBlock| {
        for (table, of_table) in &block.tables {
            let rows: u64 = of_table.findings.iter().map(|finding| finding.rows).sum();
            assert_eq!((rows, of_table.left_out), (of_table.count, 0));
            for finding in &of_table.findings {
                let (confirmed, found) = (&finding.confirmed, &finding.found);
                _ = writeln!(told, "{sort} {table}: {confirmed}; {found}");
            }
        }
        assert_eq!(block.tables.values().map(|table| table.count).sum::<u64>(), block.count);
    };
    tell("lost", &block.lost);
    tell("doubled", &block.doubled);
    tell("contradicting", &block.contradicting);
    told.replace(&leaf().serial.to_string(), "SERIAL").trim_end().to_owned()
}
