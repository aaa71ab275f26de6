//! Cases under load: picked by weight, failing by name, beside good chains.

use std::time::Duration;

use serde_json::Value;

use super::fixture::{ABSENT, case, file, server, table};
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

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
            ("-", "ERROR"),
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
    assert_eq!(summary.count("/chains/bad~1odd~1rejects/failed"), 0, "{}", output.stdout);
    output.shows(&["bad/odd/breaks: expected 400 malformed, got 500 serverInternal"]);
    assert_eq!(summary.list("/cases"), [Value::Null; 0], "only `once` lists them");
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
    output.shows(&["CHAINS", "bad/many/n19 "]);
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
    assert_eq!(summary.count("/totals/chains/failed"), 0, "{}", output.stdout);
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
