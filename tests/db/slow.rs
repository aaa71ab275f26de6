//! A slow database fails the chains that ask it, and holds up nobody else.

use std::time::Duration;

use crate::asking;
use crate::common::mariadb::{schema, wait_until};
use crate::common::scratch::Scratch;

#[test]
fn slow_queries_hold_up_nobody_else() {
    let (schema, scratch) = (schema(), Scratch::new());
    scratch.write(
        "slow.rhai",
        "fn options() { #{ fail_pause_ms: 1 } }
         fn chain() { db::value(\"SELECT SLEEP(30)\", [], #{ timeout_ms: 200 }); }",
    );
    scratch.write(
        "quick.rhai",
        "fn chain() {
             let start = time::elapsed_ms();
             sleep(0.02);
             metric::trend(\"nap_ms\", time::elapsed_ms() - start);
         }",
    );
    let line = "hammer 200 --shards 1 --duration 3s --stop-timeout 5s --db-connections 4 --summary";
    let mut run = asking(&schema.uri(), line)
        .arg(scratch.path("summary.json"))
        .script(scratch.folder())
        .start();
    run.wait_for_stderr("seed:");
    std::thread::sleep(Duration::from_millis(1500));
    let connections = schema.sql(&format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND USER = 'coyote'",
        schema.name
    ));
    // Those of the lookups, and the one on which they are ended.
    assert!(["4", "5"].contains(&connections.trim()), "{connections} connections");
    let output = run.finish().exits(0);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.count("/chains/slow/failed"), summary.count("/chains/slow/count"));
    assert!(summary.count("/chains/slow/count") > 100);
    assert!(summary.errors("chain", "no answer from the database within") > 100);
    // Each waited as long as it asked for, in the queue or for the answer.
    let slow = summary.number("/chains/slow/p95");
    assert!((190.0..1000.0).contains(&slow), "p95 {slow} ms: {}", output.stdout);
    let nap = summary.number("/metrics/nap_ms/p95");
    assert!(nap < 100.0, "the others slept {nap} ms instead of 20");
    assert!(summary.number("/metrics/db_query_failed/rate") > 0.99);
    let lookup = summary.number("/metrics/db_query_duration/p95");
    assert!((190.0..1000.0).contains(&lookup), "{lookup} ms");
    // And the server does not go on with what nobody waits for.
    let name = &schema.name;
    let running = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{name}' AND TIME > 0 \
         AND INFO LIKE 'SELECT SLEEP%'"
    );
    wait_until("nothing runs any more", || schema.sql(&running).trim() == "0");
}

#[test]
fn a_query_that_is_given_up_ends_on_the_server() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write(
        "killed.rhai",
        "fn chain() {
             let running = \"SELECT COUNT(*) FROM information_schema.PROCESSLIST \
                 WHERE DB = DATABASE() AND INFO LIKE 'SELECT SLEEP%'\";
             for round in 0..3 {
                 try { db::value(\"SELECT SLEEP(30)\", [], #{ timeout_ms: 100 }); } catch {}
             }
             sleep(0.5);
             check::that(\"none is left\", db::value(running) == 0);
             check::that(\"and it is asked again\", db::value(\"SELECT 1\") == 1);
         }",
    );
    asking(&schema.uri(), "once --db-connections 1").script(&script).run().exits(0);
}

#[test]
fn a_stop_does_not_wait_for_the_database() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write(
        "long.rhai",
        "fn chain() { db::value(\"SELECT SLEEP(60)\", [], #{ timeout_ms: 60_000 }); }",
    );
    let mut run = asking(&schema.uri(), "hammer 10 --stop-timeout 1s").script(&script).start();
    run.wait_for_stderr("seed:");
    std::thread::sleep(Duration::from_secs(1));
    run.interrupt();
    let output = run.finish().exits(0);
    assert!(output.took < Duration::from_secs(12), "{:?}", output.took);
    let _ = output.shows(&["still running when the run was stopped"]);
}
