//! What cases are called, and choosing some of them.

use super::fixture::{case, file, server, table};
use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;

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
        ("--case second/*", vec!["bad/second/empty-body", "bad/second/no-url"]),
        ("--case second/no-url", vec!["bad/second/no-url"]),
        ("--case no-* --case *nonce", vec!["bad/first/empty-nonce", "bad/second/no-url"]),
        ("--case bad/second/no-ur?", vec!["bad/second/no-url"]),
    ] {
        let output = with(globs).run().exits(0);
        let names: Vec<_> = table(&output.stdout).into_iter().map(|row| row[0]).collect();
        assert_eq!(names, chosen, "{globs}");
        assert_eq!(output.stdout.matches("--> GET ").count(), chosen.len(), "all are shown");
        assert!(!output.stdout.contains("=== good"), "{}", output.stdout);
    }
    let output = with("--case no-url --case good").run().exits(0);
    output.shows(&["=== good: succeeded", "=== bad/second/no-url: passed"]);
    let output = with("--case empty-bdy").run().exits(2);
    output.tells(&["--case empty-bdy matches nothing; did you mean `empty-body`?"]);
    let output = with("--case secnd/*").run().exits(2);
    output.tells(&["--case secnd/* matches nothing; there are "]);
    let output = with("--case no-url --case xyz*").run().exits(2);
    output.tells(&["--case xyz* matches nothing; there are bad/first/empty-body, bad/first/"]);
    let output = coyote("once --case xyz").script(&good).run().exits(2);
    output.tells(&["--case xyz matches nothing; there are good"]);
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
