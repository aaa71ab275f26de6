//! A database that is killed and started again while a run goes on.

use std::thread::sleep;
use std::time::Duration;

use crate::asking;
use crate::common::mariadb::{MariaDb, boulder_tables};
use crate::common::scratch::Scratch;

/// Counts what fails before and after an attacker has seen that the database is back.
const SCRIPT: &str = "
    fn options() { #{ fail_pause_ms: 20 } }
    fn chain() {
        let when = attacker::get(\"when\") ?? \"before\";
        let id = rand::int(1, 5);
        try {
            let row = db::row(\"SELECT id, status FROM registrations WHERE id = ?\", [id]);
            check::that(\"the right row\", row.id == id);
            metric::counter(`answered_${when}`, 1);
            if row.status == \"back\" { attacker::set(\"when\", \"after\"); }
        } catch (error) {
            metric::counter(`failed_${when}`, 1);
            throw error;
        }
        sleep(0.01);
    }";

#[test]
fn lookups_go_on_when_the_database_is_back() {
    let mut server = MariaDb::start();
    let boulder = server.boulder();
    boulder_tables(&boulder, [5, 0, 0, 0]);
    let scratch = Scratch::new();
    let script = scratch.write("ask.rhai", SCRIPT);
    let mut run = asking(&boulder.uri(), "hammer 20 --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .within(Duration::from_secs(120))
        .start();
    run.wait_for_stderr("seed:");
    sleep(Duration::from_secs(2));
    server.kill();
    sleep(Duration::from_secs(1));
    server.restart();
    boulder.sql("UPDATE registrations SET status = 'back'");
    sleep(Duration::from_secs(4));
    run.interrupt();
    run.finish().exits(0);

    let summary = scratch.summary("summary.json");
    let metric = |name: &str| summary.count(&format!("/metrics/{name}/count"));
    assert!(metric("answered_before") > 20, "it was asked");
    assert!(metric("failed_before") > 20, "while it was dead, lookups failed");
    assert!(metric("answered_after") > 20, "once it was back, they did not");
    let metrics = &summary.0["metrics"];
    assert!(metrics["failed_after"].is_null(), "none at all: {:#}", summary.0["errors"]);
    assert!(summary.errors("chain", "cannot reach the database") > 0, "{:#}", summary.0["errors"]);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    assert_eq!(summary.count("/database/registrations/after"), 5);
}
