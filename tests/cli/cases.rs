//! Files of cases: what passes, what fails, what cannot be asked, and how that is told.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;
use crate::common::server::{Reply, Request, Server};

/// `/STATUS/TYPE` is answered with that status and a problem of that type; other paths say how the
/// server fails.
fn server() -> Server {
    Server::start(|request: &Request| {
        let path = request.path.trim_start_matches('/');
        match path {
            "close" => Reply::Close,
            "silence" => Reply::Silence,
            _ => problem(path),
        }
    })
}

fn problem(path: &str) -> Reply {
    let (status, kind) = path.split_once('/').unwrap_or((path, ""));
    let status = status.parse().expect("the test asks for a status");
    let body = match kind {
        "" => Vec::new(),
        kind => {
            let kind = format!("urn:ietf:params:acme:error:{kind}");
            json!({ "type": kind, "detail": "no\u{1b}[2Jway" }).to_string().into_bytes()
        }
    };
    Reply::Answer(status, "application/problem+json".to_owned(), body)
}

/// The text of a case that gets `path`.
fn case(server: &Server, name: &str, expect: &str, path: &str) -> String {
    let url = server.url(&format!("/{path}"));
    format!(
        "#{{ name: \"{name}\", expect: #{{ rfc: {expect} }}, send: |ctx| http::get(\"{url}\", #{{ timeout_ms: 300 }}) }},\n"
    )
}

const ABSENT: &str = "#{ name: \"absent\", row: 50, what: \"no EAB\", send: |ctx| \
    { throw #{ kind: \"not_offered\", message: \"it asks for no EAB\" } } },\n";

fn file(scratch: &Scratch, name: &str, cases: &str) -> PathBuf {
    scratch.write(name, &format!("fn cases() {{ [\n{cases}] }}\n"))
}

/// The lines of the table, each as its words.
fn table(stdout: &str) -> Vec<Vec<&str>> {
    let lines = stdout.lines().skip_while(|line| !line.starts_with("CASE "));
    let rows = lines.skip(1).take_while(|line| line.starts_with("bad/"));
    rows.map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect()
}

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
    assert!(output.stdout.ends_with("\n4 cases: 1 passed, 2 failed, 1 not offered\n"));
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
fn when_no_case_fails_the_exit_code_is_0() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = case(&server, "right", "\"4xx\"", "404/malformed") + ABSENT;
    let script = file(&scratch, "fine.rhai", &cases);
    let output = coyote("once").script(&script).run().exits(0);
    output.shows(&["2 cases: 1 passed, 0 failed, 1 not offered"]);
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
    assert_eq!(verdicts, ["passed", "FAILED", "passed", "FAILED", "FAILED"]);
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
fn cases_are_chosen_by_name() {
    let (scratch, server) = (Scratch::new(), server());
    let one = |name| case(&server, name, "\"400\"", "400");
    let first = file(&scratch, "first.rhai", &[one("empty-body"), one("empty-nonce")].concat());
    let second = file(&scratch, "second.rhai", &[one("empty-body"), one("no-url")].concat());
    let good = scratch.write("good.rhai", "fn chain() {}");
    let with = |globs: &str| -> Coyote {
        coyote(&format!("once {globs}")).script(&first).script(&second).script(&good)
    };
    for (globs, chosen) in [
        ("--case empty-body", vec!["bad/first/empty-body", "bad/second/empty-body"]),
        ("--case bad/first/*", vec!["bad/first/empty-body", "bad/first/empty-nonce"]),
        ("--case no-* --case *nonce", vec!["bad/first/empty-nonce", "bad/second/no-url"]),
        ("--case bad/second/no-ur?", vec!["bad/second/no-url"]),
    ] {
        let output = with(globs).run().exits(0);
        let names: Vec<_> = table(&output.stdout).into_iter().map(|row| row[0]).collect();
        assert_eq!(names, chosen, "{globs}");
        assert_eq!(output.stdout.matches("--> GET ").count(), chosen.len(), "all are shown");
        output.shows(&["=== good: succeeded"]);
    }
    let output = with("--case empty-bdy").run().exits(2);
    output.tells(&["--case empty-bdy matches no case; did you mean `empty-body`?"]);
    let output = with("--case no-url --case xyz*").run().exits(2);
    output.tells(&["--case xyz* matches no case; there are bad/first/empty-body, bad/first/"]);
    coyote("once --case a").script(&good).run().exits(2).tells(&["the scripts hold no cases"]);
}

#[test]
fn a_file_names_its_cases() {
    let scratch = Scratch::new();
    let text = "fn options() { #{ name: \"mine\" } }\n\
        fn cases() { [#{ name: \"a\", expect: #{ rfc: \"dns\" }, send: |ctx| #{ type: \"dns\" } }] }";
    let script = scratch.write("any.rhai", text);
    coyote("once").script(&script).run().exits(0).shows(&["=== mine/a: passed"]);
    let twice = scratch.write("other.rhai", text);
    let output = coyote("once").script(&script).script(&twice).run().exits(3);
    output.tells(&["are both named `mine/a`"]);
}

#[test]
fn a_send_sees_imports_functions_and_what_it_captured() {
    let scratch = Scratch::new();
    let text = r#"
        import "acme" as acme;
        const TYPE = "dns";
        fn first(list) { list[0] }
        fn named(ctx) { #{ type: "dns" } }
        fn setup() { #{ type: "dns" } }
        fn captured() { let list = ["dns"]; |ctx| { list.push(1); #{ type: if list.len() == 2 { first(list) } } } }
        fn cases() {
            let expect = #{ rfc: "dns" };
            [
                #{ name: "imports", expect: expect,
                   send: |ctx| { acme::directory(); acme::register(); #{ type: "dns" } } },
                #{ name: "captured", expect: expect, send: captured() },
                #{ name: "constants", expect: expect, send: |ctx| #{ type: global::TYPE } },
                #{ name: "named", expect: expect, send: Fn("named") },
                #{ name: "data", expect: expect, send: |ctx| #{ type: ctx.data.type } },
            ]
        }"#;
    let script = scratch.write("sees.rhai", text);
    coyote("once").script(&script).run().exits(0).shows(&["5 cases: 5 passed"]);
    // Often, and on several shards: each run sees what was captured as it was.
    let path = scratch.path("s.json");
    let line = "hammer 4 --shards 2 --iterations 200 --summary";
    coyote(line).arg(&path).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/failed"), 0, "{:#}", summary.0["errors"]);
    assert_eq!(summary.count("/totals/chains/count"), 200);
}

#[test]
fn whatever_else_a_server_does_fails_by_case() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = [
        case(&server, "accepts", "\"400 malformed\"", "200"),
        case(&server, "breaks", "\"400 malformed\"", "500/serverInternal"),
        case(&server, "closes", "\"400 malformed\"", "close"),
        case(&server, "hangs", "\"400 malformed\"", "silence"),
        case(&server, "rejects", "\"400 malformed\"", "400/malformed"),
        "#{ name: \"throws\", send: |ctx| { throw \"oops\" } },\n".to_owned(),
        "#{ name: \"loops\", send: |ctx| { loop {} } },\n".to_owned(),
    ];
    let text = format!(
        "fn options() {{ #{{ fail_pause_ms: 0, limits: #{{ cpu_ms: 50 }} }} }}\n\
         fn cases() {{ [\n{}] }}\n",
        cases.concat()
    );
    let script = scratch.write("odd.rhai", &text);
    let path = scratch.path("s.json");
    let output = coyote("once --summary").arg(&path).script(&script).run().exits(1);
    let got: Vec<_> = table(&output.stdout).into_iter().map(|row| (row[3], row[4])).collect();
    assert_eq!(
        got,
        [
            ("200", "FAILED"),
            ("500 serverInternal", "FAILED"),
            ("closed", "FAILED"),
            ("timeout", "FAILED"),
            ("400 malformed", "passed"),
            ("-", "FAILED"),
            ("-", "FAILED"),
        ]
    );
    let output = coyote("hammer 8 --iterations 150 --seed 3 --summary").arg(&path);
    let output = output.script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    for name in ["accepts", "breaks", "closes", "hangs", "throws", "loops"] {
        let of = |what| summary.count(&format!("/chains/bad~1odd~1{name}/{what}"));
        assert!(
            of("count") > 5 && of("count") == of("failed"),
            "{name}: {:#}",
            summary.0["chains"]
        );
        assert!(summary.errors("chain", &format!("bad/odd/{name}: ")) > 5, "{name}");
    }
    assert_eq!(summary.count("/chains/bad~1odd~1rejects/failed"), 0);
    output.shows(&["bad/odd/breaks: expected 400 malformed, got 500 serverInternal"]);
    assert_eq!(summary.list("/cases"), [Value::Null; 0], "only `once` lists them");
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
fn cases_share_the_weight_of_their_file() {
    let (scratch, server) = (Scratch::new(), server());
    let many: String = (0..20).map(|n| case(&server, &format!("n{n}"), "\"400\"", "400")).collect();
    let text = format!("fn options() {{ #{{ weight: 1 }} }}\nfn cases() {{ [\n{many}] }}\n");
    let bad = scratch.write("many.rhai", &text);
    let good = scratch.write("good.rhai", "fn options() { #{ weight: 3 } }\nfn chain() {}");
    let path = scratch.path("s.json");
    let command = coyote("hammer 4 --iterations 1000 --summary").arg(&path);
    let output = command.script(&bad).script(&good).run().exits(0);
    let summary = scratch.summary("s.json");
    let good = summary.count("/chains/good/count");
    // 750 of 1,000; five standard deviations are 68.
    assert!((682..=818).contains(&good), "{good} of 1,000");
    let of = |n: usize| summary.count(&format!("/chains/bad~1many~1n{n}/count"));
    assert_eq!((0..20).map(of).sum::<u64>(), 1000 - good);
    assert!((0..20).all(|n| of(n) > 0), "{:#}", summary.0["chains"]);
    output.shows(&["CHAINS", "and 6 more"]);
}

#[test]
fn a_failing_case_shows_among_many() {
    let (scratch, server) = (Scratch::new(), server());
    let mut cases: String =
        (0..40).map(|n| case(&server, &format!("n{n}"), "\"400\"", "400")).collect();
    cases += &case(&server, "zz-accepted", "\"400\"", "200");
    let script = file(&scratch, "many.rhai", &cases);
    let output = coyote("hammer 2 --iterations 300").script(&script).run().exits(0);
    output.shows(&["\nbad/many/zz-accepted"]);
}

#[test]
fn what_is_not_offered_is_not_picked_again() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = case(&server, "asked", "\"400\"", "400") + ABSENT;
    let script = file(&scratch, "some.rhai", &cases);
    let path = scratch.path("s.json");
    let line = "hammer 3 --shards 1 --iterations 200 --summary";
    let output = coyote(line).arg(&path).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    let absent = summary.count("/chains/bad~1some~1absent/not_offered");
    assert!((1..=3).contains(&absent), "once, or a few at the same time: {absent}");
    assert_eq!(summary.count("/totals/not_offered"), absent);
    assert_eq!(summary.count("/chains/bad~1some~1absent/count"), 0);
    assert_eq!(summary.count("/chains/bad~1some~1asked/count"), 200 - absent);
    assert_eq!(summary.count("/totals/chains/failed"), 0);
    output.shows(&["not offered by the CA, and so not counted: bad/some/absent"]);
}

#[test]
fn when_nothing_is_offered_the_run_ends() {
    let scratch = Scratch::new();
    let script = file(&scratch, "none.rhai", ABSENT);
    let output = coyote("hammer 4 --shards 2").within(Duration::from_secs(20)).script(&script);
    output.run().exits(0).shows(&["not counted: bad/none/absent"]);
}

#[test]
fn wrong_cases_are_exit_3_with_their_path() {
    let scratch = Scratch::new();
    for (cases, told) in [
        ("[]", "wrong.rhai: cases(): it returned no case"),
        ("#{}", "wrong.rhai: cases(): want array, got map"),
        ("[#{ name: \"a\" }]", "cases()[0]: `send` is missing"),
        ("[#{ nmae: \"a\" }]", "cases()[0]: unknown key `nmae`; did you mean `name`?"),
        ("[#{ name: \"a b\", send: |c| 1 }]", "cases()[0].name: want 1 to 100 of a-z"),
        (
            "[#{ name: \"a\", send: |c| 1, expect: #{ rfc: [\"400 malformd\"] } }]",
            "cases()[0].expect.rfc[0]: `malformd` is no type of problem; did you mean `malformed`?",
        ),
        (
            "[#{ name: \"a\", send: |c| 1 }, #{ name: \"a\", send: |c| 1 }]",
            "cases()[1].name: there is already a case `a`",
        ),
        ("[#{ name: \"a\", send: || 1 }]", "cases()[0].send: it has 0 parameters; want a function"),
        ("[#{ name: \"a\", send: Fn(\"sleep\") }]", "it is no function of this file"),
        ("throw \"no luck\"", "wrong.rhai: cases() failed: no luck (wrong.rhai:1:"),
        ("loop {}", "wrong.rhai: cases() failed: the script computed longer"),
        ("cases()", "wrong.rhai: cases() failed: functions call each other too deeply"),
        ("[http::get(\"http://127.0.0.1:9/\")]", "needs a running chain"),
        ("[rand::domain()]", "needs a running chain"),
    ] {
        let script = scratch.write("wrong.rhai", &format!("fn cases() {{ {cases} }}\n"));
        coyote("once").script(&script).run().exits(3).tells(&[told]);
        let output = coyote("check").arg(&script).run().exits(3);
        assert!(output.stdout.contains(told.trim_start_matches("wrong.rhai: ")), "{output:?}");
    }
}

#[test]
fn check_looks_into_what_cases_send() {
    let scratch = Scratch::new();
    let text = "import \"acme\" as acme;\nfn cases() { [\n\
        #{ name: \"a\", send: |ctx| http::gett(ctx) },\n\
        #{ name: \"b\", send: |ctx| acme::new_order(1) },\n] }\n";
    let script = scratch.write("closures.rhai", text);
    let output = coyote("check").arg(&script).run().exits(3);
    output.shows(&[
        "closures.rhai:3:33: no function `gett` in module `http`; did you mean `get`?",
        "closures.rhai:4:33: `acme::new_order` takes 2 or 3 arguments, 1 given",
    ]);
    let fine = file(&scratch, "fine.rhai", ABSENT);
    coyote("check").arg(&fine).run().exits(0).shows(&["1 script, no problems"]);
}

#[test]
fn cases_run_against_the_embedded_ca_beside_good_chains() {
    let scratch = Scratch::new();
    let text = r#"
        import "acme" as acme;
        fn cases() {
            [
                #{ name: "get-new-order", row: 7, expect: #{ rfc: "405 malformed" },
                   send: |ctx| http::get(acme::directory().newOrder, #{ expect: ctx.expect }) },
                #{ name: "empty-body", row: 4, expect: #{ rfc: ["400 malformed", "415 malformed"] },
                   send: |ctx| http::post(acme::directory().newAccount, "", #{ expect: ctx.expect }) },
            ]
        }"#;
    let bad = scratch.write("few.rhai", text);
    let good = scratch.write(
        "good.rhai",
        "import \"acme\" as acme;\nfn chain() { acme::new_order(acme::account(), [rand::domain()]); }",
    );
    coyote("once").script(&bad).script(&good).run().exits(0).shows(&["2 cases: 2 passed"]);
    let path = scratch.path("s.json");
    let command = coyote("hammer 4 --iterations 100 --summary").arg(&path);
    command.script(&bad).script(&good).run().exits(0);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    for chain in ["good", "bad~1few~1get-new-order", "bad~1few~1empty-body"] {
        assert!(summary.count(&format!("/chains/{chain}/count")) > 5, "{chain}");
    }
}
