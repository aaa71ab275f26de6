//! Logs that are not whole.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::browser::open;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{script, target};
use crate::page::number;

const LINE: &str = "{\"chainname\":\"c\",\"chainsuccessful\":true,\"chaintook\":5000,\
    \"at\":\"2027-01-15T08:00:01Z\"}\n";

#[test]
fn a_killed_runs_log_is_read_to_its_last_whole_line() {
    let (scratch, server) = (Scratch::new(), target());
    let (log, report) = (scratch.path("run.ndjson"), scratch.path("run.html"));
    let command = coyote("hammer 8 --log").arg(&log).script(&script(&scratch, &server));
    let running = command.start();
    let deadline = Instant::now() + Duration::from_secs(30);
    while fs::metadata(&log).map_or(0, |known| known.len()) < 100_000 {
        assert!(Instant::now() < deadline, "nothing is written");
        thread::sleep(Duration::from_millis(5));
    }
    running.kill();
    // Cut within its last line, as most such runs leave it.
    let text = fs::read_to_string(&log).expect("it");
    let text = text.trim_end();
    fs::write(&log, &text[..text.len() - 20]).expect("writable");
    let whole = text.lines().count() - 1;
    coyote("report --output").arg(&report).arg(&log).run().exits(0);
    let page = open(&report);
    assert_eq!(number(&page.row("chains", "two")[0]), whole as u64);
    let told = page.section("warnings").expect("it is told");
    assert!(
        told.contains(&format!("run.ndjson:{}: the last line is cut off", whole + 1)),
        "{told}"
    );
}

#[test]
fn other_damage_is_told_with_its_place() {
    let scratch = Scratch::new();
    for damaged in ["{\"chainname\":\"c\"", "", "garbage", "\u{0}\u{0}\u{0}", "[]"] {
        let log = scratch.write("run.ndjson", &format!("{LINE}{damaged}\n{LINE}"));
        let output = coyote("report").arg(&log).run().exits(2);
        assert_eq!(output.stdout, "");
        output.tells(&["run.ndjson:2: no line of a log (--log)"]);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let scratch = Scratch::new();
    let log = scratch.write("run.ndjson", LINE);
    let missing = coyote("report missing.ndjson").run().exits(2);
    missing.tells(&["cannot read the log missing.ndjson"]);
    coyote("report").arg(scratch.folder()).run().exits(2).tells(&["Is a directory"]);
    coyote("report").run().exits(2).tells(&["<LOG>"]);
    let summary = scratch.write("s.json", "{}");
    let output = coyote("report").arg(&log).arg("--summary").arg(&summary).run().exits(2);
    output.tells(&["s.json is not what --summary of this version writes"]);
    let output = coyote("report --summary missing.json").arg(&log).run().exits(2);
    output.tells(&["cannot read the summary missing.json"]);
}
