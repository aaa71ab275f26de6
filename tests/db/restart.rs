//! A database that is killed and started again while a run goes on.

use std::thread::sleep;
use std::time::Duration;

use crate::asking;
use crate::common::coyote::coyote;
use crate::common::mariadb::{MariaDb, boulder_tables};
use crate::common::scratch::{Scratch, own_script};

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

/// Scripts ask the database whether they can run: without it they wait, which is told once, and with it
/// all go on.
#[test]
fn scripts_wait_for_the_database_and_go_on() {
    let mut server = MariaDb::start();
    let scratch = Scratch::new();
    let mut run = coyote("seq 13s 10 10 10 --stop-timeout 20s --store-mysql")
        .arg(server.boulder().uri())
        .arg("--summary")
        .arg(scratch.path("summary.json"))
        .script(&own_script(""))
        .within(Duration::from_secs(180))
        .start();
    run.wait_for_stderr("seed:");
    sleep(Duration::from_secs(14));
    server.kill();
    sleep(Duration::from_secs(4));
    server.restart();
    run.wait_for_stderr("answers again, after ");
    let output = run.finish().exits(0);

    let count = |text: &str| output.stderr.matches(text).count();
    let waits = "15 scripts wait (alternate-chains, renewal-information, deactivate-account, \
                 deactivate-authorization, ip-certificate and 10 more): their ready() failed: no \
                 answer from the database within 2000 ms: it does not take what the embedded CA";
    assert_eq!(count(waits), 1, "{}", output.stderr);
    assert_eq!(count("their ready() failed"), 1, "{}", output.stderr);
    assert_eq!(count("the ready() of 15 scripts answers again, after "), 1, "{}", output.stderr);
    let summary = scratch.summary("summary.json");
    let warnings: Vec<_> =
        summary.list("/warnings").iter().filter_map(|text| text.as_str()).collect();
    let could_not =
        warnings.iter().filter(|text| text.starts_with("15 scripts could not run for "));
    assert_eq!(could_not.count(), 1, "{warnings:#?}");
    assert!(output.stdout.contains("15 scripts could not run for "), "{}", output.stdout);
    // The last stage began when the database was back.
    let last = summary.0["stages"][2]["chains"].as_object().expect("stages have chains");
    assert_eq!(last.len(), 16, "{:?}", last.keys());
    for (chain, block) in last {
        assert_ne!(block["count"], 0, "{chain}");
    }
    for table in ["registrations", "orders", "certificates", "revocations"] {
        assert!(summary.count(&format!("/database/{table}/after")) > 0, "{table}");
    }
}
