//! Names that one chain at a time has for itself.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::summary::Summary;

/// Runs `chain` under `line` and returns the summary.
fn run(line: &str, script: &str) -> Summary {
    let scratch = Scratch::new();
    let script = scratch.write("chain.rhai", script);
    coyote(line).arg("--summary").arg(scratch.path("s.json")).script(&script).run().exits(0);
    scratch.summary("s.json")
}

/// Of 200 attackers on two shards, all of which want the same five things, one at a time has each;
/// without claims several do, which this way of looking would see.
#[test]
fn two_chains_never_have_the_same() {
    let script = r#"
        fn chain() {
            let key = `thing ${rand::int(1, 5)} "\n\u{0}\u{1F43A}`;
            if env::get("CLAIMS", "on") == "on" && !claim::take(key) { sleep(0.001); return; }
            metric::counter("taken", 1);
            let mine = `${attacker::id()}/${attacker::chain_number()}`;
            state::set(key, mine);
            sleep(0.002);
            check::that("alone", state::get(key) == mine);
        }
    "#;
    let line = "hammer 200 --iterations 20000 --shards 2";
    let summary = run(line, script);
    summary.nothing_failed();
    assert!(summary.number("/metrics/taken/count") > 50.0);
    let without = run(&format!("{line} -e CLAIMS=off"), script);
    assert!(without.count("/checks/alone/fails") > 0);
}

/// Claims end with their chain, be it by a throw, a panic's like, or a stop in the middle of a wait.
#[test]
fn a_claim_ends_with_its_chain() {
    let script = r#"
        fn options() { #{ fail_pause_ms: 0 } }
        fn chain() {
            check::that("free", claim::take("k"));
            check::that("ours", !claim::take("k") && claim::is_taken("k"));
            if attacker::chain_number() % 2 == 0 { throw "over"; }
        }
    "#;
    let summary = run("hammer 1 --iterations 10", script);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    assert_eq!(summary.count("/chains/chain/failed"), 5);

    let stopped = r#"
        fn chain() { claim::take("k"); sleep(60); }
        fn teardown() { check::that("x", true); if claim::is_taken("k") { log::warn("still taken"); } else { log::info("free again"); } }
    "#;
    let scratch = Scratch::new();
    let script = scratch.write("chain.rhai", stopped);
    let run = coyote("hammer 1 --duration 1s --stop-timeout 0s").script(&script).run().exits(0);
    run.tells(&["free again"]);
}

/// The work may use what its file imports, returns its value, and leaves no claim when it throws.
#[test]
fn hold_runs_a_closure() {
    let scratch = Scratch::new();
    scratch.write("lib.rhai", "fn double(n) { n * 2 }");
    let script = scratch.write(
        "chain.rhai",
        r#"import "lib" as lib;
        fn half(n) { n / 2 }
        fn chain() {
            let n = 21;
            let got = claim::hold("k", || lib::double(n) + half(4));
            check::that("its value", got == 44);
            try { claim::hold("k", || { lib::double(n); throw "no" }); } catch (err) { check::that("its error", err == "no"); }
            check::that("free", !claim::is_taken("k"));
            claim::take("k");
            check::that("not called", claim::hold("k", || { throw "called" }) == ());
            check::that("not released by the work", claim::hold("other", || claim::release("other")) == false);
        }"#,
    );
    let summary = scratch.path("s.json");
    coyote("once --summary").arg(&summary).script(&script).run().exits(0);
    scratch.summary("s.json").nothing_failed();
}
