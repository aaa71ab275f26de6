//! What a chain publishes ends with it, however it ends: hours of load leave nothing behind.

use crate::common::coyote::coyote;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

/// Every other chain fails. Each looks for its own answers, and for those of the chain before it.
const SCRIPT: &str = r#"
fn options() { #{ name: "publisher", fail_pause_ms: 0 } }

fn is_served(token) {
    let url = `http://127.0.0.1:${env::get("PORT")}/.well-known/acme-challenge/${token}`;
    http::get(url, #{ expect: [200, 404] }).status == 200
}

fn chain() {
    let before = attacker::get("before");
    if before != () {
        for token in before { check::that("the last chain left nothing", !is_served(token)); }
    }
    let tokens = [rand::word(12), rand::word(12)];
    attacker::set("before", tokens);
    challenge::http01(tokens[0], "answer");
    challenge::simple_https("127.0.0.1", tokens[1], "answer");
    for token in tokens { check::that("its own is served", is_served(token)); }
    if before != () && attacker::remove("failed") == () {
        attacker::set("failed", true);
        throw "on purpose";
    }
}
"#;

#[test]
fn nothing_outlives_its_chain() {
    let (scratch, port) = (Scratch::new(), free_port());
    coyote("hammer 1 --iterations 21 --summary")
        .arg(scratch.path("summary.json"))
        .words(&format!("--http-port {port} --tls-port off --dns-port off --doh-port off"))
        .words(&format!("-e PORT={port}"))
        .script(&scratch.write("publisher.rhai", SCRIPT))
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    assert_eq!(summary.count("/totals/checks/count"), 21 * 2 + 20 * 2);
    assert_eq!(summary.count("/totals/chains/failed"), 10);
}
