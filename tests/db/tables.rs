//! The rows of Boulder's tables before and after a run.

use crate::asking;
use crate::common::mariadb::{boulder_tables, schema};
use crate::common::scratch::Scratch;

#[test]
fn rows_are_counted_before_and_after() {
    let (schema, scratch) = (schema(), Scratch::new());
    boulder_tables(&schema, [3, 2, 5, 1]);
    schema.sql("CREATE TABLE orders (id INT); INSERT INTO orders VALUES (1), (2)");
    let script = scratch.write(
        "adds.rhai",
        "fn chain() { db::execute(\"INSERT INTO registrations (status) VALUES ('valid')\"); }",
    );
    let output = asking(&schema.uri(), "hammer 2 --iterations 10 --db-write --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    let rows = |name: &str, when: &str| summary.count(&format!("/database/{name}/{when}"));
    for (name, before, after) in [
        ("registrations", 3, 13),
        ("pending_authorizations", 2, 2),
        ("authorizations", 7, 7),
        ("certificates", 1, 1),
        ("orders", 2, 2),
    ] {
        assert_eq!((rows(name, "before"), rows(name, "after")), (before, after), "{name}");
        assert_eq!(summary.0["database"][name]["estimated"], false);
    }
    // Older schemas have no table of revocations.
    assert!(summary.0["database"]["revocations"].is_null());
    assert_eq!(summary.list("/warnings"), [""; 0]);
    let _ =
        output.shows(&["\nDATABASE ", "\nregistrations ", " +10\n", "\npending authorizations "]);
}

#[test]
fn a_count_that_takes_too_long_is_an_estimate() {
    let (schema, scratch) = (schema(), Scratch::new());
    boulder_tables(&schema, [3, 0, 0, 1000]);
    schema.sql("ANALYZE TABLE certificates");
    let lock = schema.lock("certificates");
    let script = scratch.write("one.rhai", "fn chain() { db::value(\"SELECT 1\"); }");
    let output = asking(&schema.uri(), "once --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    drop(lock);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.0["database"]["certificates"]["estimated"], true, "{}", output.stdout);
    let estimate = summary.count("/database/certificates/before");
    assert!((500..2000).contains(&estimate), "{estimate}");
    assert_eq!(summary.0["database"]["registrations"]["estimated"], false);
    assert!(output.stdout.contains("\ncertificates ") && output.stdout.contains(" ~"));
}

#[test]
fn a_database_of_something_else_is_told() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write("one.rhai", "fn chain() { db::value(\"SELECT 1\"); }");
    let output = asking(&schema.uri(), "once").script(&script).run().exits(0);
    output.shows(&["the database has no tables authz2, certificates, registrations"]);
}
