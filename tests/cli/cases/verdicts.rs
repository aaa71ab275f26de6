//! A wrong answer, told from a request that nobody examined and from a case that asked nothing.

use super::fixture::{case, file, server, table};
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

#[test]
fn what_was_not_examined_fails_unless_it_is_named() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = [
        case(&server, "limited", "\"4xx\"", "429/rateLimited"),
        case(&server, "either", "[\"4xx\", \"ok\"]", "400/badNonce"),
        case(&server, "other", "\"400 malformed\"", "400/badNonce"),
        case(&server, "named-limit", "\"429\"", "429/rateLimited"),
        case(&server, "named-nonce", "\"badNonce\"", "400/badNonce"),
    ];
    let script = file(&scratch, "unseen.rhai", &cases.concat());
    let output = coyote("once").script(&script).run().exits(1);
    let verdicts: Vec<_> = table(&output.stdout).into_iter().map(|row| row[4]).collect();
    assert_eq!(verdicts, ["FAILED", "FAILED", "FAILED", "passed", "passed"]);
    output.shows(&[
        "; the CA's rate limit kept the request from being examined\n",
        "expected 4xx or ok, got 400 badNonce: no",
        "; the CA's rejection of the nonce kept the request from being examined\n",
    ]);
}

/// They say nothing about the CA.
#[test]
fn mistakes_and_failed_preparations_are_errors() {
    let (scratch, server) = (Scratch::new(), server());
    let hangs = server.url("/silence");
    let cases = format!(
        r#"#{{ name: "misspelt", send: |ctx| bad::post(ctx, "newOrder", #{{ paylod: 1 }}) }},
           #{{ name: "index", send: |ctx| [][3] }},
           #{{ name: "unprepared", send: |ctx| {{ acme::new_order(acme::account(), ["no name"]); 1 }} }},
           #{{ name: "hangs", send: |ctx| http::get("{hangs}", #{{ timeout_ms: 200 }}) }},
           #{{ name: "thrown", send: |ctx| {{ throw "it should not" }} }},
           #{{ name: "accepted", send: |ctx| bad::post(ctx, "newOrder", #{{}}) }},"#
    );
    let text =
        format!("import \"acme\" as acme;\nimport \"bad\" as bad;\nfn cases() {{ [{cases}] }}\n");
    let script = scratch.write("asks.rhai", &text);
    let path = scratch.path("s.json");
    let output =
        coyote("once --expect boulder --summary").arg(&path).script(&script).run().exits(1);
    let got: Vec<_> = table(&output.stdout).into_iter().map(|row| (row[3], row[4])).collect();
    assert_eq!(
        got,
        [
            ("-", "ERROR"),
            ("-", "ERROR"),
            ("-", "ERROR"),
            ("timeout", "FAILED"),
            ("-", "FAILED"),
            ("201", "FAILED"),
        ]
    );
    output.shows(&[
        "ERROR\n    unknown option `paylod` of a request to newOrder; did you mean `payload`?",
        "=== bad/asks/index: ERROR: ",
        "\n6 cases: 0 passed, 3 failed, 3 errors, 0 not offered\n",
    ]);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.list("/cases")[0]["verdict"], "error");
    assert_eq!(summary.count("/verdicts/error"), 3);
    assert_eq!(summary.count("/verdicts/failed"), 3);
    assert_eq!(summary.0["expect"], "boulder");
    // Under load they are told apart by their words.
    let command = coyote("hammer 2 --iterations 60 --summary").arg(&path);
    command.script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    assert!(summary.errors("chain", "bad/asks/misspelt: error: unknown option") > 0);
    assert_eq!(summary.errors("chain", "bad/asks/accepted: error: "), 0);
}

#[test]
fn what_is_random_by_nature_runs_alone_or_by_name() {
    let (scratch, server) = (Scratch::new(), server());
    let cases = file(&scratch, "few.rhai", &case(&server, "right", "\"4xx\"", "404/malformed"));
    let random = scratch.write(
        "random.rhai",
        "fn options() { #{ once: false } }\nfn chain() { throw \"found something\" }",
    );
    let output = coyote("once").script(&cases).script(&random).run().exits(0);
    output.shows(&["random was left out; it runs alone: --script"]);
    coyote("once").script(&random).run().exits(1).shows(&["=== random: FAILED: found something"]);
    coyote("once --case random --case right").script(&cases).script(&random).run().exits(1);
    let line = "hammer 1 --iterations 20";
    coyote(line).script(&cases).script(&random).run().exits(0).shows(&["found something"]);
}
