//! Cases as somebody writes them who has just read the README.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

/// Ten lines, as the README has them.
const TEN_LINES: &str = r#"//! What my CA must not promise.
import "bad" as bad;

fn cases() { [
    #{ name: "not-after-past", what: "a notAfter that is past",
       expect: #{ rfc: "4xx", boulder: "400 malformed" },
       send: |ctx| bad::post(ctx, "newOrder", #{ payload: #{ notAfter: "2001-01-01T00:00:00Z" } }) },
    #{ name: "two-heads", expect: #{ rfc: "400 malformed" },
       send: |ctx| bad::post(ctx, "newOrder", #{ body: |jws| jws + jws }) },
] }
"#;

#[test]
fn ten_lines_make_cases() {
    let scratch = Scratch::new();
    assert_eq!(TEN_LINES.lines().count(), 10);
    let script = scratch.write("promises.rhai", TEN_LINES);
    coyote("check").arg(&script).run().exits(0);
    coyote("once").script(&script).run().exits(0).shows(&[
        "bad/promises/not-after-past  a notAfter that is past",
        "bad/promises/two-heads",
        "2 cases: 2 passed, 0 failed, 0 errors, 0 not offered",
    ]);
}

/// One case, whose `send` is this expression.
fn one(send: &str) -> String {
    format!(
        "import \"acme\" as acme;\nimport \"bad\" as bad;\n\
         fn cases() {{ [#{{ name: \"it\", expect: #{{ rfc: \"400 malformed\" }}, send: |ctx| {send} }}] }}\n"
    )
}

#[track_caller]
fn fails(send: &str, told: &str) {
    let scratch = Scratch::new();
    let script = scratch.write("wrong.rhai", &one(send));
    coyote("once").script(&script).run().exits(1).shows(&[told]);
}

#[test]
fn a_change_that_changes_nothing_is_an_error() {
    fails(
        r#"bad::post(ctx, "newOrder", #{ hedaer: #{ nonce: () } })"#,
        "unknown option `hedaer` of a request to newOrder; did you mean `header`?",
    );
    fails(
        r#"bad::post(ctx, "newOrder", #{ csr: #{ names: [] } })"#,
        "unknown option `csr` of a request to newOrder",
    );
    fails(
        r#"bad::post(ctx, "keyChange", #{ inner: #{ heder: () } })"#,
        "unknown option `heder` of `inner`; did you mean `header`?",
    );
}

#[test]
fn what_is_wrongly_accepted_fails() {
    fails(r#"bad::post(ctx, "newOrder", #{})"#, "expected 400 malformed, got 201");
    fails(
        r#"bad::respond(ctx, "http-01", |it| challenge::http01(it.challenge.token, it.account.key))"#,
        "expected 400 malformed, got 200",
    );
}

/// Each layer once, in the order in which a request is built; the CA rejects all of them.
#[test]
fn every_layer_can_be_broken() {
    let scratch = Scratch::new();
    let each = [
        r#"payload: #{ identifiers: "none" }"#,
        r"payload: |payload| [payload]",
        r"header: |header| [header]",
        r#"header: "no JSON""#,
        r"account: #{ key: key::generate() }",
        r"key: key::generate()",
        r#"encoded: |jws| jws + #{ payload: jws.payload + "?" }"#,
        r#"jws: #{ "protected": () }"#,
        r#"jws: |jws| [["protected", jws["protected"]], ["payload", jws.payload]]"#,
        r#"jws: "text""#,
        r"body: |text| codec::bytes(text) + blob(1, 0xff)",
    ];
    for (number, change) in each.iter().enumerate() {
        let text = one(&format!(r#"bad::post(ctx, "newOrder", #{{ {change} }})"#));
        let script = scratch.write(&format!("layer_{number}.rhai"), &text);
        coyote("once").script(&script).run().exits(0).shows(&["1 case: 1 passed"]);
    }
}

/// `wire` has the last word: nothing between it and the connection mends anything.
#[test]
fn a_request_goes_out_byte_for_byte() {
    let scratch = Scratch::new();
    let send = r#"bad::post(ctx, "newOrder", #{ wire: |text| { text.replace("Content-Type: ", "Content-Typo: "); text } })"#;
    let text = one(send).replace("400 malformed", "415");
    let script = scratch.write("wire.rhai", &text);
    coyote("once --case it")
        .script(&script)
        .run()
        .exits(0)
        .shows(&["Content-Typo: application/jose+json"]);
}

/// One in three good nonces is rejected: cases are about something else, or about nonces.
#[test]
fn good_nonces_that_are_rejected_are_tried_again() {
    let scratch = Scratch::new();
    let script =
        scratch.write("nonces.rhai", &one(r#"bad::post(ctx, "newOrder", #{ payload: "" })"#));
    coyote("hammer 2 --iterations 50 --fault *:nonce:0.3 --summary")
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.count("/totals/chains/failed"), 0, "{:#}", summary.0["errors"]);
    assert_eq!(summary.count("/totals/requests/failed"), 0, "{:#}", summary.0["errors"]);
    assert!(summary.count("/metrics/acme_bad_nonce/count") > 10);
}
