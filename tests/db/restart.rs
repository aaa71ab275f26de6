//! A database that is killed and started again while a run goes on.

use std::time::{Duration, Instant};

use crate::asking;
use crate::common::mariadb::{MariaDb, boulder_tables};
use crate::common::scratch::Scratch;

const STAGE: Duration = Duration::from_secs(8);

#[test]
fn lookups_go_on_when_the_database_is_back() {
    let mut server = MariaDb::start();
    boulder_tables(&server.boulder(), [5, 0, 0, 0]);
    let scratch = Scratch::new();
    let script = scratch.write(
        "ask.rhai",
        "fn chain() {
             let id = rand::int(1, 5);
             let row = db::row(\"SELECT id, status FROM registrations WHERE id = ?\", [id]);
             check::that(\"the right row\", row.id == id && row.status == \"valid\");
             sleep(0.01);
         }",
    );
    let mut run = asking(&server.boulder().uri(), "seq 8 20 20 20 --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .start();
    run.wait_for_stderr("seed:");
    let started = Instant::now();
    // In the middle of the second stage, and back before the third.
    std::thread::sleep(STAGE + Duration::from_secs(1));
    server.kill();
    std::thread::sleep(Duration::from_secs(1));
    server.restart();
    assert!(started.elapsed() < STAGE * 2, "it was back in time for the third stage");
    run.finish().exits(0);

    let summary = scratch.summary("summary.json");
    let chains =
        |stage: usize, what: &str| summary.count(&format!("/stages/{stage}/chains/ask/{what}"));
    assert_eq!(chains(0, "failed"), 0, "{:#}", summary.0["errors"]);
    assert!(chains(1, "failed") > 0, "while it was dead, lookups failed");
    assert_eq!(chains(2, "failed"), 0, "once it was back, none did: {:#}", summary.0["errors"]);
    assert!(chains(2, "count") * 2 > chains(0, "count"), "and it was asked as often as before");
    assert!(summary.errors("chain", "cannot reach the database") > 0, "{:#}", summary.0["errors"]);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    assert_eq!(summary.count("/database/registrations/after"), 5);
}
