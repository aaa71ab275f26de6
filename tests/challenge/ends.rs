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

#[test]
fn names_that_nobody_can_ask_for_are_refused() {
    let scratch = Scratch::new();
    let calls = [
        "challenge::txt(name, \"x\")",
        "challenge::caa(name, [])",
        "challenge::addresses(name, [])",
        "challenge::cname(name, \"a.example\")",
        "challenge::cname(\"a.example\", name)",
        "challenge::dns01(name, \"t\", \"x\")",
        "challenge::dns_account01(name, \"t\", \"x\", \"u\")",
        "challenge::dns_persist01(name, \"ca.example\", \"u\")",
        "challenge::dns_persist01(\"a.example\", name, \"u\")",
        "challenge::tls_alpn01(name, \"t\", \"x\")",
        "challenge::simple_https(name, \"p\", \"t\")",
        "challenge::misbehave(name, #{ http: \"reset\" })",
    ];
    let tried = calls.map(|call| {
        let told = call.replace('"', "'");
        format!(
            "let kind = (); try {{ {call}; }} catch (err) {{ kind = err.kind; }} \
             if kind != \"argument\" {{ throw `${{name}}: {told}`; }}"
        )
    });
    let names = format!(r#"["", "a..b", "ü\u0000", "{}"]"#, "x".repeat(64));
    let text = format!("fn chain() {{ for name in {names} {{ {} }} }}", tried.concat());
    let ports = "--http-port 0 --tls-port 0 --dns-port 0 --doh-port off";
    coyote("once").words(ports).script(&scratch.write("names.rhai", &text)).run().exits(0);
}
