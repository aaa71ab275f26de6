//! What a file of cases may hold, and what is said about wrong ones.

use super::fixture::{ABSENT, file};
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

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
fn wrong_cases_are_exit_3_with_their_path() {
    let scratch = Scratch::new();
    for (cases, told) in [
        ("[]", "wrong.rhai: cases(): it returned no case"),
        ("#{}", "wrong.rhai: cases(): want array, got map"),
        ("[#{ name: \"a\" }]", "case \"a\": `send` is missing"),
        ("[#{ nmae: \"a\" }]", "cases()[0]: unknown key `nmae`; did you mean `name`?"),
        ("[#{ name: \"a b\", send: |c| 1 }]", "case \"a b\".name: want 1 to 100 of a-z"),
        (
            "[#{ name: \"a\", send: |c| 1, expect: #{ rfc: [\"400 malformd\"] } }]",
            "case \"a\".expect.rfc[0]: `malformd` is no type of problem; did you mean `malformed`?",
        ),
        (
            "[#{ name: \"a\", send: |c| 1 }, #{ name: \"a\", send: |c| 1 }]",
            "case \"a\": cases()[1] is not the first of that name",
        ),
        ("[#{ name: \"a\", send: || 1 }]", "case \"a\".send: it has 0 parameters; want a function"),
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
fn every_mistake_is_told_where_it_is() {
    let scratch = Scratch::new();
    let cases = "#{ name: \"right\", send: |ctx| 1 },\n  #{ name: \"first\" },\n\
        #{ name: \"second\", send: |ctx| 1, expect: #{ rfc: \"4xx or ok\" } },\n\
        #{ name: `third`, send: 1 },\n";
    let (one, two) = (file(&scratch, "one.rhai", cases), file(&scratch, "two.rhai", "1"));
    let told = [
        "one.rhai:3:6: case \"first\": `send` is missing",
        "one.rhai:4:4: case \"second\".expect.rfc: `4xx or ok` is several answers; write an array: \
         [\"4xx\", \"ok\"]",
        "one.rhai: case \"third\".send: want function, got integer",
        "two.rhai: cases()[0]: want map, got integer",
        "4 problems",
    ];
    coyote("check").arg(&one).arg(&two).run().exits(3).shows(&told);
    coyote("once").script(&one).script(&two).run().exits(3).tells(&told);
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
fn cases_are_the_same_each_time() {
    let scratch = Scratch::new();
    let text = "fn cases() { [#{ name: `at-${time::now_ms()}`, send: |ctx| 1 }] }";
    let script = scratch.write("moving.rhai", text);
    let output = coyote("once").script(&script).run().exits(3);
    output.tells(&["moving.rhai: cases() must return the same each time"]);
}
