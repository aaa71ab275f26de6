//! The password is nowhere: not in what is printed, not in what is written, whatever happens.

use crate::asking;
use crate::common::coyote::{Coyote, coyote};
use crate::common::mariadb::{MariaDb, PASSWORD, file_holds, schema};
use crate::common::output::Output;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

/// Parts of the password, and of its form in a URL: whoever splits it at the wrong place shows one.
const PARTS: [&str; 4] = ["s3cr3t", "p@ss", "p%40ss", "ss/word"];

#[track_caller]
fn keeps_quiet(output: &Output, summary: &std::path::Path) {
    for part in PARTS {
        let shown = output.stdout.contains(part) || output.stderr.contains(part);
        assert!(!shown, "{part}:\n{}\n{}", output.stdout, output.stderr);
        assert!(!file_holds(summary, part), "{part} is in the summary");
    }
}

const SCRIPT: &str = "fn chain() {
    try { db::query(\"SELECT nope\"); } catch (error) { log::info(`${error}`); }
    db::query(\"SELECT nope\");
}";

#[test]
fn a_run_shows_no_password() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write("fails.rhai", SCRIPT);
    let summary = scratch.path("summary.json");
    let url =
        format!("mysql://coyote:s3cr3t%3Ap%40ss%2Fword@127.0.0.1:{}/{}", schema.port, schema.name);
    let directory = "--directory http://127.0.0.1:1/d";
    let run = |line: &str| -> Coyote { coyote(line).words(directory).script(&script) };
    for coyote in [
        run("once").words("--mysql").arg(schema.uri()),
        run("hammer 2 --iterations 4").words("--mysql").arg(schema.uri()),
        run("hammer 2 --iterations 4").arg(format!("--mysql={}", schema.uri())),
        run("hammer 2 --iterations 4").arg(format!("--mysql={url}")),
        run("hammer 2 --iterations 4").words("--mysql").arg(url.clone() + "?parseTime=true"),
    ] {
        let output = coyote.words("--summary").arg(&summary).run();
        assert!(output.stdout.contains("--mysql"), "the command is shown: {}", output.stdout);
        assert!(output.stdout.contains("coyote:***@"), "without its password: {}", output.stdout);
        assert!(file_holds(&summary, "coyote:***@"), "and so in the summary");
        keeps_quiet(&output, &summary);
        std::fs::remove_file(&summary).expect("each run wrote one");
    }
}

#[test]
fn what_fails_shows_no_password() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write("fails.rhai", SCRIPT);
    let summary = scratch.path("summary.json");
    let login = format!("coyote:{PASSWORD}");
    for uri in [
        schema.uri_as(&format!("nobody:{PASSWORD}")),
        schema.uri() + "?tls=true",
        schema.uri() + "?tls=wrong",
        format!("{login}@tcp(127.0.0.1:{})/b", free_port()),
        format!("{login}@tcp(127.0.0.1:port)/b"),
        format!("{login}@127.0.0.1/b"),
        format!("{login}@tcp(127.0.0.1:1)"),
        format!("mysql://{login}@127.0.0.1:1/b"),
        format!("mysql://{login}@127.0.0.1:port/b"),
        format!("mysql://{login}@"),
    ] {
        let output = asking(&uri, "once").script(&script).run();
        assert!(matches!(output.code, Some(2 | 4)), "{uri}: {output:?}");
        keeps_quiet(&output, &summary);
    }
    // Without a directory, and with an option that does not exist.
    for line in ["once", "hammer 1 --directory http://127.0.0.1:1/d --no-such-option"] {
        let output = coyote(line).words("--mysql").arg(schema.uri()).script(&script).run().exits(2);
        keeps_quiet(&output, &summary);
    }
}

#[test]
fn a_server_that_dies_brings_no_password_to_light() {
    let mut server = MariaDb::start();
    let scratch = Scratch::new();
    let script = scratch.write("ask.rhai", "fn chain() { db::value(\"SELECT 1\"); sleep(0.05); }");
    let summary = scratch.path("summary.json");
    let mut run = asking(&server.boulder().uri(), "hammer 5 --duration 3s --summary")
        .arg(&summary)
        .script(&script)
        .start();
    run.wait_for_stderr("seed:");
    std::thread::sleep(std::time::Duration::from_secs(1));
    server.kill();
    let output = run.finish().exits(0);
    keeps_quiet(&output, &summary);
    let summary = scratch.summary("summary.json");
    assert!(summary.errors("chain", "cannot reach the database") > 0, "{:#}", summary.0["errors"]);
    let warned = output.stdout.contains("the database has no tables")
        || output.stdout.contains("could not be counted");
    assert!(warned, "{}", output.stdout);
}
