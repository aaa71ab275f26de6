//! What passes, what fails, what cannot be asked, and how `once` tells it.

use serde_json::json;

use super::fixture::{ABSENT, case, file, server, table};
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

#[test]
fn each_case_is_judged_and_told() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = [
        case(&server, "right", "[\"405\", \"400 malformed\"]", "400/malformed"),
        case(&server, "accepted", "\"400 malformed\"", "201"),
        case(&server, "other-type", "\"malformed\"", "403/unauthorized"),
        ABSENT.to_owned(),
    ];
    let script = file(&scratch, "any_post.rhai", &cases.concat());
    let output = coyote("once --summary").arg(scratch.path("s.json")).script(&script).run();
    let output = output.exits(1).shows(&[
        "=== bad/any-post/right: passed\n",
        "=== bad/any-post/absent: not offered: it asks for no EAB",
        "=== bad/any-post/accepted: FAILED: expected 400 malformed, got 201",
        "expected malformed, got 403 unauthorized: no\u{fffd}[2Jway",
    ]);
    assert_eq!(
        table(&output.stdout),
        [
            ["bad/any-post/right", "right", "405 or 400 malformed", "400 malformed", "passed"],
            ["bad/any-post/accepted", "accepted", "400 malformed", "201", "FAILED"],
            ["bad/any-post/other-type", "other type", "malformed", "403 unauthorized", "FAILED"],
            ["bad/any-post/absent", "no EAB", "4xx", "-", "not offered"],
        ]
    );
    // Below those that failed, why; other tables would say nothing more.
    let output = output.shows(&[
        "FAILED\n    expected 400 malformed, got 201\n",
        "FAILED\n    expected malformed, got 403 unauthorized: no\u{fffd}[2Jway\n",
    ]);
    assert!(!output.stdout.contains("\nCHAINS "), "{}", output.stdout);
    assert!(!output.stdout.contains("not counted: "), "{}", output.stdout);
    assert!(!output.stdout.contains("chain  bad/"), "{}", output.stdout);
    assert!(output.stdout.ends_with("\n4 cases: 1 passed, 2 failed, 0 errors, 1 not offered\n"));
    // Exchanges of those that failed, and of no others.
    assert_eq!(output.stdout.matches("--> GET ").count(), 2, "{}", output.stdout);
    assert!(!output.stdout.contains('\u{1b}'), "nothing steers the terminal");

    let summary = scratch.summary("s.json");
    let cases = summary.list("/cases");
    assert_eq!(
        cases[0],
        json!({ "chain": "bad/any-post/right", "row": null, "what": "right",
            "expected": ["405", "400 malformed"], "got": "400 malformed", "verdict": "passed" })
    );
    assert_eq!((&cases[1]["verdict"], &cases[1]["got"]), (&json!("failed"), &json!("201")));
    assert_eq!(cases[1]["error"], "expected 400 malformed, got 201");
    assert_eq!((&cases[3]["verdict"], &cases[3]["row"]), (&json!("not_offered"), &json!(50)));
    assert!(cases[3]["error"].as_str().is_some_and(|text| text.starts_with("it asks for no EAB")));
    assert_eq!(summary.count("/totals/chains/count"), 3, "what is not offered is not counted");
    assert_eq!(summary.count("/totals/not_offered"), 1);
    assert_eq!(summary.count("/chains/bad~1any-post~1absent/not_offered"), 1);
    assert_eq!(summary.count("/chains/bad~1any-post~1right/not_offered"), 0);
}

#[test]
fn columns_are_aligned_whatever_is_said_in_them() {
    let (scratch, server) = (Scratch::new(), server());
    let long = "what is wrong, told at great length, ".repeat(3);
    let either = "[\"405\", \"400 unsupportedIdentifier\"]";
    let told = case(&server, "long", either, "400/malformed");
    let cases = [
        case(&server, "short", "\"4xx\"", "404/malformed"),
        told.replace("#{ name", &format!("#{{ what: \"{long}\", name")),
        case(&server, "endless", "\"4xx\"", &format!("400/{}", "x".repeat(200))),
    ];
    let script = file(&scratch, "wide.rhai", &cases.concat());
    let output = coyote("once --summary").arg(scratch.path("s.json")).script(&script).run();
    let output = output.exits(1);
    let lines = output.stdout.lines().skip_while(|line| !line.starts_with("CASE "));
    let rows: Vec<_> = lines.filter(|line| line.starts_with("bad/")).collect();
    let ends = ["passed", "FAILED", "passed"].map(|verdict| format!("  {verdict}"));
    let width = |(row, end): (&&str, &String)| row.strip_suffix(end).map(|row| row.chars().count());
    let widths: Vec<_> = rows.iter().zip(&ends).map(width).collect();
    assert!(widths[0].is_some_and(|width| width < 160), "{rows:#?}");
    assert!(widths.iter().all(|width| *width == widths[0]), "{rows:#?}");
    // What is cut there is whole elsewhere.
    let summary = scratch.summary("s.json");
    assert_eq!(summary.list("/cases")[1]["what"], long);
    output.shows(&["    expected 405 or 400 unsupportedIdentifier, got 400 malformed: no"]);
}

/// What is no case keeps its line in the table of chains.
#[test]
fn chains_beside_cases_are_told_apart() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = case(&server, "right", "\"4xx\"", "404/malformed");
    let (cases, plain) =
        (file(&scratch, "few.rhai", &cases), scratch.write("plain.rhai", "fn chain() {}"));
    let output = coyote("once").script(&cases).script(&plain).run().exits(0);
    let chains = output.stdout.split("\nCHAINS ").nth(1).and_then(|rest| rest.split("\n\n").next());
    let names: Vec<_> = chains.unwrap_or_default().lines().skip(1).collect();
    assert!(names.len() == 1 && names[0].starts_with("plain "), "{}", output.stdout);
    assert_eq!(table(&output.stdout).len(), 1);
}

#[test]
fn when_no_case_fails_the_exit_code_is_0() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = case(&server, "right", "\"4xx\"", "404/malformed") + ABSENT;
    let script = file(&scratch, "fine.rhai", &cases);
    let output = coyote("once").script(&script).run().exits(0);
    output.shows(&["2 cases: 1 passed, 0 failed, 0 errors, 1 not offered"]);
}

#[test]
fn every_kind_of_expectation() {
    let (scratch, server) = (Scratch::new(), server());
    let rows = [
        ("\"4xx\"", "404/malformed", true),
        ("\"4xx\"", "404", false),
        ("\"405\"", "405", true),
        ("\"ok\"", "202", true),
        ("\"ok\"", "302", false),
        ("\"error\"", "418/dns", true),
        ("\"error\"", "500/serverInternal", false),
        ("\"dns\"", "400/dns", true),
        ("\"400 dns\"", "403/dns", false),
        ("\"500 serverInternal\"", "500/serverInternal", true),
    ];
    let text = |(number, (expect, path, _)): (usize, &(&str, &str, bool))| {
        case(&server, &format!("n{number}"), expect, path)
    };
    let cases: String = rows.iter().enumerate().map(text).collect();
    let script = file(&scratch, "kinds.rhai", &cases);
    coyote("once --summary").arg(scratch.path("s.json")).script(&script).run().exits(1);
    let summary = scratch.summary("s.json");
    for (case, (expect, path, passes)) in summary.list("/cases").iter().zip(rows) {
        let verdict = if passes { "passed" } else { "failed" };
        assert_eq!(case["verdict"], verdict, "{expect} {path}: {case}");
    }
    assert_eq!(summary.list("/cases").len(), rows.len());
}

#[test]
fn problems_found_elsewhere_are_judged_too() {
    let scratch = Scratch::new();
    let script = file(
        &scratch,
        "elsewhere.rhai",
        r#"#{ name: "right", expect: #{ rfc: "dns" },
              send: |ctx| #{ type: "urn:ietf:params:acme:error:dns", detail: "x" } },
           #{ name: "other", expect: #{ rfc: "dns" }, send: |ctx| #{ type: "about:blank" } },
           #{ name: "with-status", expect: #{ rfc: "error" },
              send: |ctx| #{ type: "urn:ietf:params:acme:error:caa", status: 403 } },
           #{ name: "nothing", send: |ctx| () },
           #{ name: "no-type", send: |ctx| #{ detail: "x" } },"#,
    );
    let output = coyote("once").script(&script).run().exits(1);
    let verdicts: Vec<_> = table(&output.stdout).into_iter().map(|row| row[4]).collect();
    assert_eq!(verdicts, ["passed", "FAILED", "passed", "ERROR", "ERROR"]);
    output.shows(&[
        "got about:blank",
        "send returned nothing, want a Response",
        "without a `type`",
    ]);
}

#[test]
fn the_answers_of_a_server_are_chosen_with_expect() {
    let (scratch, server) = (Scratch::new(), server());
    let text = |name: &str, path: &str| {
        let url = server.url(path);
        format!(
            "#{{ name: \"{name}\", expect: #{{ rfc: \"401\", pebble: [\"403\"] }}, \
             send: |ctx| {{ check::that(ctx.server + ctx.expect[0] + ctx.name + ctx.row, true); \
             http::get(\"{url}\") }}, row: 7 }},\n"
        )
    };
    let script =
        file(&scratch, "who.rhai", &[text("rfc", "/401"), text("pebble", "/403")].concat());
    for (expect, passed, told) in [
        ("", "rfc", "rfc401rfc7"),
        ("--expect rfc", "rfc", "rfc401rfc7"),
        ("--expect boulder", "rfc", "boulder401rfc7"),
        ("--expect pebble", "pebble", "pebble403pebble7"),
    ] {
        let output = coyote(&format!("once {expect}")).script(&script).run().exits(1);
        for row in table(&output.stdout) {
            let right = row[0] == format!("bad/who/{passed}");
            assert_eq!(row[4], if right { "passed" } else { "FAILED" }, "{expect} {row:?}");
        }
        output.shows(&[told]);
    }
    coyote("once --expect step").script(&script).run().exits(2).tells(&["rfc, boulder, pebble"]);
}

#[test]
fn a_request_that_is_rightly_rejected_is_a_successful_one() {
    let (scratch, server) = (Scratch::new(), server());
    let text = |name: &str, send: &str, path: &str| {
        let url = server.url(path);
        let send = send.replace("URL", &format!("\"{url}\""));
        format!(
            "#{{ name: \"{name}\", expect: #{{ rfc: [\"400 malformed\", \"405\"] }}, send: |ctx| {send} }},\n"
        )
    };
    let (plain, raw) = (
        "http::get(URL, #{ expect: ctx.expect })",
        "http::raw(URL, `GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`, #{ expect: ctx.expect })",
    );
    let raw = |path: &str| raw.replace("${PATH}", path);
    let cases = [
        text("right", plain, "/400/malformed"),
        text("status", plain, "/405"),
        text("raw-right", &raw("/400/malformed"), "/400/malformed"),
        text("wrong", plain, "/201"),
        text("raw-wrong", &raw("/403/unauthorized"), "/403/unauthorized"),
    ];
    let script = file(&scratch, "expects.rhai", &cases.concat());
    let path = scratch.path("s.json");
    let output = coyote("once --summary").arg(&path).script(&script).run().exits(1);
    // The request threw, and the table still shows what came back.
    let got: Vec<_> = table(&output.stdout).into_iter().map(|row| (row[3], row[4])).collect();
    assert_eq!(
        got,
        [
            ("400 malformed", "passed"),
            ("405", "passed"),
            ("400 malformed", "passed"),
            ("201", "FAILED"),
            ("403 unauthorized", "FAILED"),
        ]
    );
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/requests/count"), 5);
    assert_eq!(summary.count("/totals/requests/failed"), 2);
}

#[test]
fn what_a_stopped_case_did_is_shown() {
    let (scratch, server) = (Scratch::new(), server());
    let url = server.url("/silence");
    let cases = [
        case(&server, "right", "\"400\"", "400"),
        format!("#{{ name: \"hangs\", send: |ctx| http::get(\"{url}\") }},\n"),
        case(&server, "later", "\"400\"", "400"),
    ];
    let script = file(&scratch, "slow.rhai", &cases.concat());
    let mut running = coyote("once").script(&script).start();
    running.line_with("=== bad/slow/right: passed");
    while !server.requests().iter().any(|request| request.path == "/silence") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running.interrupt();
    let output = running.finish().exits(130);
    assert_eq!(table(&output.stdout).len(), 1, "only what ended has a verdict");
    output.shows(&[
        "--> GET http://",
        "/silence",
        "=== bad/slow/hangs: stopped",
        "1 chain never ran",
    ]);
}
