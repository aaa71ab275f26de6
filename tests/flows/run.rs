//! A chain, given as its statements, run once.

use crate::common::coyote::coyote;
use crate::common::output::Output;
use crate::common::scratch::Scratch;

/// Runs `statements` as a chain under `coyote once` with the words of `options`.
pub(crate) fn once(options: &str, statements: &str) -> Output {
    let scratch = Scratch::new();
    // Importing the older dialect would ask the CA's directory for it.
    let module = if statements.contains("acme_v1::") { "acme_v1" } else { "acme" };
    let text = format!("import \"{module}\" as {module};\nfn chain() {{\n{statements}\n}}\n");
    let script = scratch.write("flow.rhai", &text);
    coyote("once").words(options).script(&script).run()
}

/// The chain succeeds, and every check in it holds.
#[track_caller]
pub(crate) fn succeeds(options: &str, statements: &str) -> Output {
    let output = once(options, statements).exits(0);
    assert!(!output.stdout.contains("check failed"), "{}", output.stdout);
    output
}

/// What the chain fails with.
#[track_caller]
pub(crate) fn failure(options: &str, statements: &str) -> String {
    let output = once(options, statements).exits(1);
    let line = output.stdout.lines().find_map(|line| line.split_once(": FAILED: "));
    line.unwrap_or_else(|| panic!("no failure is shown:\n{}", output.stdout)).1.to_owned()
}
