//! What the README shows: its scripts run, and its commands are ones that exist.

use std::fs;
use std::path::Path;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("the README is there")
}

/// The blocks that are fenced as `language`.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn its_scripts_run_and_their_checks_hold() {
    let scratch = Scratch::new();
    let scripts = blocks("rhai");
    assert!(scripts.len() >= 2, "the README shows scripts");
    for (at, text) in scripts.iter().enumerate() {
        let script = scratch.write(&format!("readme{at}.rhai"), text);
        let output = coyote("once").script(&script).run().exits(0);
        assert!(!output.stderr.contains("check failed"), "{}", output.stderr);
    }
}

#[test]
fn its_first_script_is_the_one_that_its_first_command_runs() {
    let script = fs::read_to_string(crate::common::scratch::own_script("new_authz.rhai"));
    assert_eq!(blocks("rhai").first(), script.ok().as_ref());
    let first = blocks("sh").into_iter().next().expect("a command");
    assert_eq!(
        first.trim(),
        "cargo run --release -- --script scripts/new_authz.rhai hammer 100 --duration 10s"
    );
}
