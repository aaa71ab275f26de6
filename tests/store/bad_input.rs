//! Stores that cannot be used: told before anything is served, and how to put it right.

use std::fs;

use rusqlite::Connection;

use crate::common::coyote::{Coyote, coyote};
use crate::common::mariadb::{PASSWORD, schema};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

fn ca() -> Coyote {
    coyote("ca --plain --addr 127.0.0.1:0")
}

#[test]
fn a_file_that_is_no_store_is_told_and_left_alone() {
    let scratch = Scratch::new();
    let text = "these are my notes, which are longer than the header of any database, for certain: \
                SQLite's has a hundred bytes";
    let notes = scratch.write("notes.txt", text);
    let folder = scratch.folder().to_owned();
    for (path, told) in [
        (notes.clone(), "file is not a database"),
        (scratch.path("missing/ca.sqlite"), "No such file or directory"),
        (folder, "Is a directory"),
    ] {
        let name = path.display().to_string();
        ca().words("--store-file").arg(&path).run().exits(4).tells(&[&name, told]);
    }
    assert_eq!(fs::read_to_string(notes).expect("it is there"), text);
}

#[test]
fn tables_of_others_are_told_and_left_alone() {
    let scratch = Scratch::new();
    let file = scratch.path("other.sqlite");
    let other = Connection::open(&file).expect("it is made");
    other.execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY)").expect("it is made");
    let refused = || ca().words("--store-file").arg(&file).run().exits(4);
    refused().tells(&["has a table orders, but not made by coyote", "a new file"]);
    let tables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'";
    let count: u32 = other.query_row(tables, [], |row| row.get(0)).expect("it is asked");
    assert_eq!(count, 1, "nothing was added");

    other
        .execute_batch("CREATE TABLE coyote_ca (id INTEGER PRIMARY KEY, kind TEXT, value BLOB)")
        .expect("it is made");
    refused().tells(&["has a table orders that is not as coyote makes it: no such column"]);

    other.execute_batch("DROP TABLE orders").expect("it is dropped");
    other.execute_batch("INSERT INTO coyote_ca VALUES (1, 'issuer', 'none')").expect("it is added");
    refused().tells(&["a row in coyote_ca that cannot be read", "the issuer's key"]);
}

#[test]
fn a_mysql_that_cannot_be_used_is_told_without_its_password() {
    let (schema, other) = (schema(), schema());
    other.sql("CREATE TABLE registrations (id BIGINT PRIMARY KEY)");
    let at = |port: u16, name: &str| format!("coyote:{PASSWORD}@tcp(127.0.0.1:{port})/{name}");
    for (uri, code, told) in [
        (schema.uri_as("coyote:secret"), 4, "Access denied for user 'coyote'"),
        (schema.uri_as("coyote:secret"), 4, "are user and password right?"),
        (at(schema.port, "missing"), 4, "make it first: CREATE DATABASE missing"),
        (at(schema.port, ""), 2, "names no database"),
        (format!("mysql://coyote:secret@127.0.0.1:{}", schema.port), 2, "names no database"),
        (at(free_port(), "b"), 4, "is the database running, and is this its address?"),
        (other.uri(), 4, "has a table registrations, but not made by coyote"),
        (format!("coyote:{PASSWORD}@127.0.0.1/b"), 2, "is no address of a database"),
    ] {
        let output = ca().words("--store-mysql").arg(&uri).run().exits(code).tells(&[told]);
        for part in ["secret", "s3cr3t", "p@ss", "ss/word"] {
            assert!(!output.stderr.contains(part), "{}", output.stderr);
        }
    }
    other.sql("CREATE TABLE coyote_ca (id BIGINT PRIMARY KEY, kind TEXT, value BLOB)");
    let told = ca().words("--store-mysql").arg(other.uri()).run().exits(4);
    told.tells(&["registrations that is not as coyote makes it: Unknown column"]);
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let (schema, scratch) = (schema(), Scratch::new());
    schema.sql("CREATE TABLE shop_customers (id INT)");
    let told = ca().words("--store-mysql").arg(schema.uri()).run().exits(4);
    told.tells(&["has a table shop_customers, but not made by coyote", "name an empty database"]);
    assert_eq!(schema.sql("SHOW TABLES"), "shop_customers\n");
    let file = scratch.path("shop.sqlite");
    let other = Connection::open(&file).expect("it is made");
    other.execute_batch("CREATE TABLE customers (id INTEGER PRIMARY KEY)").expect("it is made");
    let told = ca().words("--store-file").arg(&file).run().exits(4);
    told.tells(&["has a table customers, but not made by coyote", "a new file"]);
}

#[test]
fn a_user_that_may_not_write_is_told_what_it_needs() {
    let schema = schema();
    let (name, user) = (&schema.name, format!("{}_user", schema.name));
    let account = format!("'{user}'@'127.0.0.1'");
    schema.sql(&format!("CREATE USER {account}; GRANT SELECT ON {name}.* TO {account}"));
    let needed = "GRANT SELECT, INSERT, UPDATE, CREATE ON";
    let line = || ca().words("--store-mysql").arg(schema.uri_as(&user));
    line().run().exits(4).tells(&["command denied", &format!("{needed} {name}.* TO ...")]);
    schema.sql(&format!("{needed} {name}.* TO {account}"));
    let mut allowed = line().start();
    allowed.first_line();
    allowed.terminate();
    allowed.finish().exits(0);
    schema.sql(&format!("DROP USER {account}"));
}

#[test]
fn a_store_is_one_cas_alone() {
    let (schema, scratch) = (schema(), Scratch::new());
    let file = scratch.path("ca.sqlite").display().to_string();
    for (option, store) in [("--store-file", file), ("--store-mysql", schema.uri())] {
        let mut first = ca().words(option).arg(&store).start();
        first.first_line();
        let second = ca().words(option).arg(&store).run().exits(4);
        second.tells(&["another CA writes to it; stop that one first"]);
        first.terminate();
        first.finish().exits(0);
    }
}

#[test]
fn options_that_exclude_each_other_are_wrong_usage() {
    let usage = |line: &str| coyote(line).run().exits(2);
    usage("ca --store-file a --store-mysql u@tcp(h)/b").tells(&["cannot be used with"]);
    usage("ca --store-sync").tells(&["--store-sync needs a store that is kept"]);
    let directory = "once --directory http://127.0.0.1:1/d --script scripts/new_cert.rhai";
    for option in ["--store-file a", "--store-mysql u@tcp(h)/b", "--store-fault orders:lose:1"] {
        usage(&format!("{directory} {option}")).tells(&["cannot be used with"]);
    }
}

#[test]
fn parameters_of_go_are_told_to_mean_nothing() {
    let schema = schema();
    let mut ca = ca().words("--store-mysql").arg(schema.uri() + "?parseTime=true").start();
    ca.wait_for_stderr("`parseTime` in the database's address means nothing here");
    ca.first_line();
    ca.terminate();
    ca.finish().exits(0);
}
