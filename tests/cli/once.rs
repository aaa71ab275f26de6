//! `once`: what a person sees of each request, and the exit code.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Reply, Server};

/// The part of `text` from `from` to the next empty line.
fn block<'a>(text: &'a str, from: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from:?} in\n{text}"));
    text[start..].split("\n\n").next().unwrap_or_default()
}

#[test]
fn an_acme_request_is_shown_decoded() {
    let output = coyote("once").script(&own_script("new_authz.rhai")).run().exits(0);
    let output =
        output.shows(&["embedded CA: http://127.0.0.1:", "=== new-authorization: succeeded"]);
    let order = output.stdout.split("--> ").find(|shown| shown.contains("/new-order  (new-order)"));
    let order = order.expect("the order is shown");
    assert!(order.starts_with("POST http://127.0.0.1:"), "{order}");

    let header = block(order, "    JWS protected header\n");
    for line in [
        "\n      \"alg\": \"ES256\",",
        "\n      \"nonce\": \"",
        "\n      \"kid\": \"http://127.0.0.1:",
    ] {
        assert!(header.contains(line), "{line:?} is not in\n{header}");
    }
    assert!(header.contains("    JWS payload\n"), "the payload follows:\n{header}");
    assert!(header.contains("\n          \"type\": \"dns\","), "{header}");
    assert!(header.contains(".com\""), "the name is readable:\n{header}");
    assert!(header.contains("    JWS signature: 64 bytes\n"), "{header}");

    let answer = block(order, "<-- ");
    assert!(answer.starts_with("<-- 201 Created  "), "{answer}");
    for part in [
        " (sending ",
        ", waiting ",
        "connection reused",
        "\n    replay-nonce: ",
        "\n    location: http://",
    ] {
        assert!(answer.contains(part), "{part:?} is not in\n{answer}");
    }
    let body = block(order, "    {\n      \"status\": \"pending\",");
    assert!(body.contains("\"authorizations\": ["), "{body}");
}

#[test]
fn new_nonce_is_asked_for_once_and_post_as_get_is_named() {
    let output = coyote("once").script(&own_script("new_authz.rhai")).run().exits(0);
    assert_eq!(output.stdout.matches("--> HEAD ").count(), 1, "later nonces come with answers");
    output.shows(&["JWS payload: empty (POST-as-GET)", "\"token\": \"", "new connection"]);
}

#[test]
fn a_failing_chain_is_exit_1_and_the_others_still_run() {
    let scratch = Scratch::new();
    let problem = r#"{"type":"urn:ietf:params:acme:error:unauthorized","detail":"not you"}"#;
    let server = Server::start(move |_| {
        Reply::Answer(403, "application/problem+json".to_owned(), problem.as_bytes().to_vec())
    });
    let text = format!(
        "fn chain() {{\n    http::post(\"{}\", #{{ a: 1 }}, #{{ expect: 201 }});\n}}\n",
        server.url("/x")
    );
    let refused = scratch.write("refused.rhai", &text);
    let fine = scratch.write("fine.rhai", "fn chain() { check::that(\"here\", true); }");
    let output = coyote("once --summary")
        .arg(scratch.path("summary.json"))
        .script(&refused)
        .script(&fine)
        .run();
    let output = output.exits(1).shows(&[
        "--> POST http://127.0.0.1:",
        "<-- 403 ",
        "\"detail\": \"not you\"",
        "=== fine: succeeded",
    ]);
    let line = output.stdout.lines().find(|line| line.starts_with("=== refused: FAILED: "));
    let line = line.unwrap_or_else(|| panic!("no failure in\n{}", output.stdout));
    for part in ["403", "201", "unauthorized", "not you", "(refused.rhai"] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.count("/totals/chains/count"), 2);
    assert_eq!(summary.count("/totals/chains/failed"), 1);
    assert_eq!(summary.count("/totals/requests/failed"), 1);
}

#[test]
fn a_failed_check_is_told_at_the_end_of_its_chain_and_is_exit_1() {
    let scratch = Scratch::new();
    let wrong = r#"fn chain() { check::that("wrong", 1 == 2); check::that("right", true); check::that("odd", false); }"#;
    let script = scratch.write("checked.rhai", wrong);
    let fine = scratch.write("fine.rhai", r#"fn chain() { check::that("wrong", true); }"#);
    coyote("once").script(&script).script(&fine).run().exits(1).shows(&[
        "=== checked: FAILED: checks that did not hold: wrong; odd\n",
        "=== fine: succeeded",
        "CHECKS",
    ]);
    // To a load profile they are figures, judged by thresholds.
    coyote("hammer 1 --iterations 2").script(&script).run().exits(0);
}

#[test]
fn a_failure_is_told_with_its_place_wherever_it_happens() {
    let scratch = Scratch::new();
    for (call, want) in [
        ("codec::hex_decode(\"zz\");", "codec::hex_decode: not hexadecimal: "),
        ("challenge::misbehave(\"a.example\", #{ http: \"nope\" });", "nope"),
        ("x509::parse(\"zz\");", "no CERTIFICATE"),
        ("jws::sign(key::generate(), 5, #{ url: 1 });", "option `url` of jws::sign"),
        ("rand::bytes(-1);", "rand::bytes: want 0 to "),
        ("metric::gauge(\"chains\", 1);", "metric `chains`"),
        ("file::text(\"none\");", "none"),
        ("csr::create(key::generate(), #{ names: 5 });", "option `names` of csr::create"),
        ("time::parse(\"x\");", "x"),
        ("throw ();", "it threw nothing that says why"),
        ("let s = codec::base64url_decode(\"!\" + \"a\");", "codec::base64url_decode: "),
    ] {
        for (text, place) in [
            (format!("fn chain() {{\n    let x = 1;\n    {call}\n}}\n"), "(placed.rhai:3:"),
            (
                format!("fn helper() {{\n    {call}\n}}\nfn chain() {{\n    helper();\n}}\n"),
                "(placed.rhai:2:",
            ),
        ] {
            let script = scratch.write("placed.rhai", &text);
            let output = coyote("once").script(&script).run().exits(1);
            let line = output.stdout.lines().find(|line| line.contains(": FAILED: "));
            let line = line.unwrap_or_else(|| panic!("no failure in\n{}", output.stdout));
            assert!(line.contains(want) && line.contains(place), "{call}: {line}");
        }
    }
}

#[test]
fn a_value_too_long_to_be_read_is_cut() {
    let scratch = Scratch::new();
    let script = scratch
        .write("long.rhai", r#"fn chain() { let s = "x"; s.pad(100000, "x"); http::get(s); }"#);
    let output =
        coyote("once").script(&script).run().exits(1).shows(&["xxx... (100002 characters)"]);
    let longest = output.stdout.lines().map(str::len).max();
    assert!(longest < Some(400), "{longest:?}");
}
