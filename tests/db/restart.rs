//! A database that is killed and started again while a run goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::asking;
use crate::common::coyote::coyote;
use crate::common::mariadb::{MariaDb, boulder_tables, wait_until};
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

/// The chains that ended since the file of `--log` had `from` bytes.
fn ended(log: &Path, from: usize) -> BTreeSet<String> {
    let text = fs::read(log).unwrap_or_default();
    let lines = text.get(from..).unwrap_or_default().split(|byte| *byte == b'\n');
    // The first and the last line may not be whole.
    let chains = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    chains.filter_map(|chain| Some(chain["chainname"].as_str()?.to_owned())).collect()
}

/// The repository's scripts; of registrations, all that goes on without the database, only so many
/// that it soon has them when it is back.
fn scripts(scratch: &Scratch) -> Vec<PathBuf> {
    let files = fs::read_dir(own_script("")).expect("it is there");
    let files = files.map(|entry| entry.expect("read").path());
    let mut scripts: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ext| ext == "rhai")).collect();
    scripts.sort();
    for path in scripts.iter_mut().filter(|path| path.ends_with("new_account.rhai")) {
        let text = fs::read_to_string(&path).expect("it is text");
        let (name, paused) = ("name: \"new-account\"", "name: \"new-account\", pause_ms: 100");
        assert!(text.contains(name), "{text}");
        *path = scratch.write("new_account.rhai", &text.replace(name, paused));
    }
    scripts
}

/// Scripts ask the database whether they can run: without it they wait, which is told once, and with it
/// all go on.
#[test]
fn scripts_wait_for_the_database_and_go_on() {
    let (mut server, scratch) = (MariaDb::start(), Scratch::new());
    let log = scratch.path("chains.log");
    let run = coyote("hammer 4 --stop-timeout 20s --store-mysql").arg(server.boulder().uri());
    let run = run.arg("--summary").arg(scratch.path("summary.json")).arg("--log").arg(&log);
    let scripts = scripts(&scratch);
    let run = scripts.iter().fold(run, |run, path| run.script(path));
    let mut run = run.within(Duration::from_secs(240)).start();
    wait_until("all chains ran", || ended(&log, 0).len() == scripts.len());
    server.kill();
    run.wait_for_stderr("their ready() failed");
    server.restart();
    run.wait_for_stderr(" scripts answers again, after ");
    let before = fs::metadata(&log).expect("it is there").len() as usize;
    wait_until("all chains ran again", || ended(&log, before).len() == scripts.len());
    run.interrupt();
    let output = run.finish().exits(0);

    let waiting = scripts.len() - 1;
    let over = format!("the ready() of {waiting} scripts answers again, after ");
    let (outage, _) = output.stderr.split_once(&over).expect("the database is back");
    let waits = format!(
        "{waiting} scripts wait (alternate-chains, renewal-information, deactivate-account, \
         deactivate-authorization, ip-certificate and {} more): their ready() failed: ",
        waiting - 5
    );
    assert_eq!(outage.matches(&waits).count(), 1, "{outage}");
    assert_eq!(outage.matches("ready() failed").count(), 1, "{outage}");
    let summary = scratch.summary("summary.json");
    let warning = format!("{waiting} scripts could not run for ");
    let told = summary.list("/warnings").iter().filter_map(|text| text.as_str());
    assert_eq!(told.filter(|text| text.starts_with(&warning)).count(), 1, "{}", output.stdout);
    for table in ["registrations", "orders", "certificates", "revocations"] {
        assert!(summary.count(&format!("/database/{table}/after")) > 0, "{table}");
    }
    output.shows(&[&warning, "\norders ", "\nrevocations "]);
}
