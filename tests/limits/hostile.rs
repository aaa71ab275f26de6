//! Scripts without bounds fail, with a clear error, alone.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::summary::Summary;

/// Name, `limits`, body of `chain()`, and what its failure must say.
const HOSTILE: [(&str, &str, &str, &str); 10] = [
    ("computes", "cpu_ms: 100", "let i = 0; loop { i += 1; }", "computed longer than its limit"),
    ("loops", "cpu_ms: 100", "loop {}", "computed longer than its limit"),
    (
        "holds-on",
        "cpu_ms: 100",
        "loop { try { loop {} } catch {} }",
        "computed longer than its limit",
    ),
    ("recurses", "cpu_ms: 1000", "recurse(0);", "call each other too deeply"),
    ("recurses-deeper", "call_levels: 256", "recurse_nested(0);", "call each other too deeply"),
    ("text", "cpu_ms: 1000", "let s = \"x\"; loop { s += s; }", "Length of string too large"),
    ("list", "array_len: 2000", "let a = []; loop { a.push(1); }", "Size of array"),
    ("map", "map_len: 500", "let m = #{}; loop { m.set(`k${m.len()}`, 1); }", "Size of object map"),
    // The engine does not look at a map that grows this way; the time it takes still ends it.
    ("keys", "cpu_ms: 100", "let m = #{}; loop { m[`k${m.len()}`] = 1; }", "computed longer"),
    ("nested", "array_len: 2000", "let a = []; loop { a = [a]; }", "Size of array"),
];

fn hostile(scratch: &Scratch, name: &str, limits: &str, body: &str) -> std::path::PathBuf {
    let text = format!(
        "fn recurse(n) {{ recurse(n + 1) }}\n\
         fn recurse_nested(n) {{ [[n, [#{{ a: recurse_nested(n + 1) }}]]] }}\n\
         fn options() {{ #{{ name: \"{name}\", limits: #{{ {limits} }} }} }}\n\
         fn chain() {{ {body} }}\n"
    );
    scratch.write(&format!("{name}.rhai"), &text)
}

fn count(summary: &Summary, chain: &str, what: &str) -> u64 {
    summary.count(&format!("/chains/{chain}/{what}"))
}

#[test]
fn scripts_without_bounds_fail_alone() {
    let scratch = Scratch::new();
    let good = "fn options() { #{ name: \"good\", weight: 3 } }\nfn chain() { sleep(0.001); }\n";
    let mut command = coyote("hammer 20 --iterations 200 --summary")
        .arg(scratch.path("summary.json"))
        .script(&scratch.write("good.rhai", good));
    for (name, limits, body, _) in HOSTILE {
        command = command.script(&hostile(&scratch, name, limits, body));
    }
    command.run().exits(0);
    let summary = scratch.summary("summary.json");
    assert!(count(&summary, "good", "count") > 20);
    assert_eq!(count(&summary, "good", "failed"), 0);
    for (name, _, _, told) in HOSTILE {
        let ran = count(&summary, name, "count");
        assert!(ran > 0, "{name} never ran to its end");
        assert_eq!(count(&summary, name, "failed"), ran, "{name} succeeded");
        let place = format!("({name}.rhai");
        let named = summary.list("/errors").iter().any(|error| {
            let message = error["message"].as_str().expect("the schema demands it");
            message.contains(told) && message.contains(&place)
        });
        assert!(named, "{name}: no error with {told:?}: {:#}", summary.0["errors"]);
    }
}

/// Printing, copying, comparing and dropping recurse as deep as the data is nested.
#[test]
fn data_nested_as_deep_as_it_may_be_overflows_no_stack() {
    let scratch = Scratch::new();
    for (name, build) in [("arrays", "[a]"), ("maps", "#{ a: a }")] {
        let body = format!(
            "let a = {build}; for i in 0..9_990 {{ a = {build}; }}\n\
             let copy = a; print(copy); attacker::set(\"kept\", a);"
        );
        let body = body.replacen(build, "[1]", 1);
        let script = hostile(&scratch, name, "cpu_ms: 60000", &body);
        coyote("hammer 1 --iterations 1 --summary")
            .arg(scratch.path("s.json"))
            .script(&script)
            .run()
            .exits(0);
        scratch.summary("s.json").nothing_failed();
        let sent = format!("{body} http::post(\"http://127.0.0.1:1/\", a);");
        let script = hostile(&scratch, name, "cpu_ms: 60000", &sent);
        coyote("once").script(&script).run().exits(1).shows(&["nesting deeper than 127"]);
    }
}

#[test]
fn options_that_never_end_are_told_at_the_start() {
    let scratch = Scratch::new();
    for body in ["loop {}", "let a = []; loop { a.push(1); }", "f(0)"] {
        let text = format!("fn f(n) {{ f(n + 1) }}\nfn options() {{ {body} }}\nfn chain() {{}}\n");
        let script = scratch.write("endless.rhai", &text);
        coyote("hammer 1")
            .script(&script)
            .run()
            .exits(3)
            .tells(&["endless.rhai: options() failed"]);
    }
}

#[test]
fn what_waits_cannot_be_called_where_nothing_can_wait() {
    let scratch = Scratch::new();
    let text = "fn options() { http::get(\"http://127.0.0.1:1/\"); #{} }\nfn chain() {}\n";
    let script = scratch.write("early.rhai", text);
    coyote("hammer 1").script(&script).run().exits(3).tells(&["needs a running chain"]);
}
