//! `check`, and what the other commands say about scripts that do not load.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};

const MISTAKES: &str = r#"import "acme" as acme;
fn chain() {
    http::gett("http://127.0.0.1/");
    acme::new_order(1);
    let x = undefined_thing;
    http::get("http://127.0.0.1/", #{ timout_ms: 5 });
    helper(1, 2);
}
fn helper(a) { a }
"#;

const FOUND: [&str; 5] = [
    "mistakes.rhai:3:11: no function `gett` in module `http`; did you mean `get`?",
    "mistakes.rhai:4:11: `acme::new_order` takes 2 or 3 arguments, 1 given",
    "mistakes.rhai:5:13: variable `undefined_thing` is not defined",
    "mistakes.rhai:6:39: unknown option `timout_ms` of http::get; did you mean `timeout_ms`?",
    "mistakes.rhai:7:5: `helper` takes 1 argument, 2 given",
];

#[test]
fn every_problem_is_told_with_its_place() {
    let scratch = Scratch::new();
    let mistakes = scratch.write("mistakes.rhai", MISTAKES);
    let broken = scratch.write("broken.rhai", "fn chain() {\n    let = 5;\n}\n");
    let output = coyote("check").arg(&mistakes).arg(&broken).run().exits(3);
    let output = output.shows(&FOUND).shows(&["broken.rhai:2:9: Expecting name of a variable"]);
    assert_eq!(output.stdout.matches(".rhai:").count(), 6, "no more than that:\n{}", output.stdout);
}

#[test]
fn a_profile_refuses_to_run_them() {
    let scratch = Scratch::new();
    let mistakes = scratch.write("mistakes.rhai", MISTAKES);
    for command in ["hammer 1 --duration 1s", "once"] {
        let output = coyote(command).script(&mistakes).run().exits(3).tells(&FOUND);
        assert_eq!(output.stdout, "", "nothing ran");
    }
}

#[test]
fn scripts_of_the_repository_have_no_problems() {
    let output = coyote("check").arg(own_script("")).run().exits(0);
    assert!(output.stdout.contains("no problems"), "{}", output.stdout);
}

#[test]
fn scripts_that_cannot_be_read_are_exit_3() {
    let scratch = Scratch::new();
    let missing = scratch.path("missing.rhai");
    coyote("once").script(&missing).run().exits(3).tells(&["cannot read", "missing.rhai"]);
    coyote("once").script(scratch.folder()).run().exits(3).tells(&["holds no *.rhai file"]);
}

#[test]
fn options_that_are_wrong_are_exit_3() {
    let scratch = Scratch::new();
    for (options, told) in [
        ("#{ weigth: 3 }", "options(): unknown key `weigth`; did you mean `weight`?"),
        ("#{ pause_ms: \"long\" }", "options().pause_ms: want number, got string"),
        ("throw \"no\"", "options() failed: no (wrong.rhai:1:"),
    ] {
        let text = format!("fn options() {{ {options} }}\nfn chain() {{}}\n");
        let script = scratch.write("wrong.rhai", &text);
        coyote("once").script(&script).run().exits(3).tells(&["wrong.rhai: ", told]);
    }
}

#[test]
fn two_scripts_of_one_name_cannot_be_told_apart() {
    let scratch = Scratch::new();
    let named = |file| scratch.write(file, "fn options() { #{ name: \"same\" } }\nfn chain() {}");
    let (one, two) = (named("one.rhai"), named("two.rhai"));
    coyote("hammer 1").script(&one).script(&two).run().exits(3).tells(&["both named `same`"]);
    coyote("check").arg(&one).arg(&two).run().exits(3).tells(&["both named `same`"]);
    // Other problems do not hide it.
    let wrong = scratch.write("wrong.rhai", "fn chain() { x }");
    let all = coyote("check").arg(&one).arg(&two).arg(&wrong).run().exits(3);
    all.tells(&["both named `same`"]).shows(&["variable `x` is not defined"]);
}

#[test]
fn check_sees_the_environment_that_options_reads() {
    let scratch = Scratch::new();
    let text =
        "fn options() { if env::get(\"KEY\") == () { throw \"no KEY\"; } #{} }\nfn chain() {}\n";
    let script = scratch.write("env.rhai", text);
    coyote("check -e KEY=given").arg(&script).run().exits(0);
    coyote("check").arg(&script).run().exits(3).shows(&["no KEY"]);
}

#[test]
fn one_file_hides_nothing_of_another() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("a.rhai"), b"fn chain() { \xff }").expect("it can be written");
    scratch.write("b.rhai", "fn chain() { http::gett(1); }");
    let output = coyote("check").arg(scratch.folder()).run().exits(3);
    output.shows(&["a.rhai: it cannot be read: ", "valid UTF-8", "no function `gett`"]);
}

#[test]
fn every_wrong_option_is_told() {
    let scratch = Scratch::new();
    let options = "#{ weight: -1, pause_ms: \"x\", nmae: 1 }";
    let text = format!("fn options() {{ {options} }} fn chain() {{ 1 }} fn chain(d) {{ d }}");
    let script = scratch.write("wrong.rhai", &text.replace("fn chain(d) { d }", ""));
    coyote("check").arg(&script).run().exits(3).shows(&[
        "options().weight: want 0 to",
        "options().pause_ms: want number",
        "unknown key `nmae`; did you mean `name`?",
    ]);
    let script = scratch.write("twice.rhai", &text);
    coyote("check").arg(&script).run().exits(3).shows(&["`chain` is there more than once"]);
}
