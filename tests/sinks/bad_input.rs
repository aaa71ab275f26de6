//! Files and servers that cannot be: told before anything is started.

use std::fs;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

const NEVER: &str = "fn setup() { throw \"set up although the options are wrong\" }\nfn chain() {}";

#[test]
fn what_cannot_be_written_ends_the_run_before_it_begins() {
    let scratch = Scratch::new();
    let script = scratch.write("never.rhai", NEVER);
    let missing = scratch.path("missing/run.txt");
    for option in ["--log", "--csv"] {
        for command in ["once", "hammer 1"] {
            let output = coyote(command).arg(option).arg(&missing).script(&script).run().exits(4);
            output.tells(&["cannot write to", "missing/run.txt"]);
            let folder = coyote(command).arg(option).arg(scratch.folder()).script(&script).run();
            folder.exits(4).tells(&["Is a directory"]);
        }
        coyote("once").arg(option).arg("-").script(&script).run().exits(2).tells(&["give a file"]);
        coyote("once").arg(option).arg("").script(&script).run().exits(2).tells(&["give a file"]);
    }
}

#[test]
fn an_earlier_log_survives_a_run_that_does_not_begin() {
    let scratch = Scratch::new();
    let (script, log) = (scratch.write("never.rhai", NEVER), scratch.write("run.ndjson", "old"));
    coyote("hammer 1 --log").arg(&log).script(&script).run().exits(4).tells(&["setup() of never"]);
    assert_eq!(fs::read_to_string(log).expect("it"), "old");
}

#[test]
fn each_output_is_a_file_of_its_own() {
    let scratch = Scratch::new();
    let script = scratch.write("never.rhai", NEVER);
    let (file, link) = (scratch.write("run.txt", "old"), scratch.path("link.txt"));
    std::os::unix::fs::symlink(&file, &link).expect("links can be made");
    let run = |options: [&str; 2], extra: &str| {
        let command = coyote("hammer 1").words(extra).arg(options[0]).arg(&file);
        command.arg(options[1]).arg(&link).script(&script).run()
    };
    for options in [["--log", "--csv"], ["--log", "--summary"], ["--csv", "--summary"]] {
        run(options, "").exits(2).tells(&["are one file; give each output its own"]);
    }
    assert_eq!(fs::read_to_string(&file).expect("it"), "old");
    let command = coyote("hammer 1 --split-by-stage --log").arg(&file).arg("--csv").arg(&file);
    command.script(&script).run().exits(2).tells(&["run.stage-1.txt are one file"]);
    coyote("once --split-by-stage").script(&script).run().exits(2).tells(&["--log and --csv"]);
}

#[test]
fn statsd_servers_are_checked() {
    let scratch = Scratch::new();
    let script = scratch.write("never.rhai", NEVER);
    let run = |options: &str| coyote("hammer 1").words(options).script(&script).run();
    run("--statsd localhost").exits(2).tells(&["write HOST:PORT"]);
    run("--statsd no-such-name.invalid:8125").exits(4).tells(&["no-such-name.invalid:8125"]);
    run("--statsd 127.0.0.1:1 --statsd-prefix a:b").exits(2).tells(&["write letters"]);
    run("--statsd 127.0.0.1:1 --statsd-unit s").exits(2).tells(&["ns, ms"]);
    run("--statsd-unit ms").exits(2).tells(&["--statsd <HOST:PORT>"]);
}
