//! Reports that cannot be written.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

const NEVER: &str = "fn setup() { throw \"set up although the options are wrong\" }\nfn chain() {}";

#[test]
fn it_is_told_before_the_load_starts() {
    let scratch = Scratch::new();
    let script = scratch.write("never.rhai", NEVER);
    let missing = scratch.path("missing/run.html");
    for command in ["once --report", "hammer 1 --report"] {
        let output = coyote(command).arg(&missing).script(&script).run().exits(4);
        output.tells(&["cannot write the report to", "missing/run.html"]);
        coyote(command).arg("-").script(&script).run().exits(2).tells(&["give a file"]);
    }
    let log = scratch.write("run.ndjson", "");
    let output = coyote("report").arg(&log).arg("--output").arg(&missing).run().exits(4);
    output.tells(&["cannot write the report to"]);
}

#[test]
fn it_has_a_file_of_its_own() {
    let scratch = Scratch::new();
    let script = scratch.write("never.rhai", NEVER);
    for option in ["--summary", "--log", "--csv"] {
        // Neither is there yet, and they are called differently.
        let (file, same) = (scratch.path("new.txt"), scratch.folder().join("./new.txt"));
        let command = coyote("hammer 1 --report").arg(&file).arg(option).arg(&same);
        command.script(&script).run().exits(2).tells(&["are one file; give each output its own"]);
    }
}

#[test]
fn one_that_fails_does_not_cost_the_summary() {
    let scratch = Scratch::new();
    let (script, path) = (scratch.write("none.rhai", "fn chain() {}"), scratch.path("s.json"));
    let command = coyote("hammer 2 --iterations 20 --report /dev/full --summary").arg(&path);
    let output = command.script(&script).run().exits(4);
    output.tells(&["cannot write the report to /dev/full: No space left"]).shows(&["none"]);
    assert_eq!(scratch.summary("s.json").count("/totals/chains/count"), 20);
    let report = scratch.path("run.html");
    let command = coyote("hammer 2 --iterations 20 --summary /dev/full --report").arg(&report);
    command.script(&script).run().exits(4).tells(&["cannot write the summary to /dev/full"]);
    assert!(report.exists());
}
