//! A script may name its functions as the stdlib names its own.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

/// Each is called often enough for the engine to remember it.
const LIKE_THE_STDLIBS: &str = r#"
import "acme" as acme;
import "lib/helper" as helper;
fn send(account, url, payload, options) { "mine" }
fn new_order(account, names) { "mine" }
fn account() { "mine" }
fn chain() {
    for again in 0..3 {
        check::that("mine", [send(1, 2, 3, 4), new_order(1, 2), account()] == ["mine", "mine", "mine"]);
        check::that("the helper's", helper::names(1) == "the helper's");
    }
    let issued = acme::issue(acme::account(), [rand::domain()]);
    check::that("issued", issued.pem.starts_with("-----BEGIN"));
    check::that("mine again", account() == "mine");
}
"#;

#[test]
fn neither_gets_the_functions_of_the_other() {
    let scratch = Scratch::new();
    let helper = "private fn account() { \"the helper's\" }\nfn names(n) { account() }\n";
    std::fs::create_dir(scratch.path("lib")).expect("a folder in a new folder");
    scratch.write("lib/helper.rhai", helper);
    let script = scratch.write("names.rhai", LIKE_THE_STDLIBS);
    let output = coyote("once").script(&script).run().exits(0);
    assert!(!output.stdout.contains("check failed"), "{}", output.stdout);
}

#[test]
fn the_engines_functions_stay_the_stdlibs() {
    let scratch = Scratch::new();
    let text = "import \"acme\" as acme;\nfn sleep(s) { s }\nfn chain() { acme::account() }\n";
    let script = scratch.write("names.rhai", text);
    let told = "names.rhai:2:1: `sleep` of acme would call this function; take another name";
    coyote("once").script(&script).run().exits(3).tells(&[told]);
}
