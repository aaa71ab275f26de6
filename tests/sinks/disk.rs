//! Disks that are full or slow, and runs that are killed.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{lines, script, target};

/// What takes in no more than a pipe's buffer while nobody reads it: a disk that cannot keep up.
fn pipe(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("there is mkfifo");
    assert!(made.success());
    path
}

#[test]
fn a_full_disk_ends_the_sink_and_not_the_load() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (rows, path) = (scratch.path("run.csv"), scratch.path("s.json"));
    let command = coyote("hammer 4 --iterations 600 --log /dev/full --csv").arg(&rows);
    let output = command.arg("--summary").arg(&path).script(&script).run().exits(4);
    let told = "--log /dev/full: cannot write to /dev/full: No space left on device (os error 28)";
    assert_eq!(output.stderr.matches(told).count(), 1, "{}", output.stderr);
    let output = output.tells(&["the load goes on without it"]);
    output.shows(&["--log /dev/full is incomplete: cannot write to /dev/full: No space left"]);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/count"), 600);
    let warnings = summary.list("/warnings");
    assert!(
        warnings.iter().any(|told| told.as_str().is_some_and(|told| told.contains("/dev/full")))
    );
    assert_eq!(fs::read_to_string(rows).expect("it").lines().count(), 1 + 1200);
}

#[test]
fn a_slow_disk_slows_the_run_and_loses_nothing() {
    const CHAINS: usize = 60_000;
    let scratch = Scratch::new();
    let (script, pipe) = (scratch.write("none.rhai", "fn chain() {}"), pipe(&scratch));
    let path = scratch.path("s.json");
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut file = File::open(pipe).expect("it is there");
            let mut text = vec![0];
            file.read_exact(&mut text).expect("it comes");
            thread::sleep(Duration::from_secs(2));
            file.read_to_end(&mut text).expect("it comes");
            String::from_utf8(text).expect("it is text")
        }
    });
    let command = coyote("hammer 50 --log").arg(&pipe).words(&format!("--iterations {CHAINS}"));
    let output = command.arg("--summary").arg(&path).script(&script).run().exits(0);
    output.shows(&["held the run up for"]);
    let lines = lines(&reader.join().expect("it does not panic"));
    assert_eq!(lines.len(), CHAINS);
    assert_eq!(scratch.summary("s.json").count("/totals/chains/count"), CHAINS as u64);
}

#[test]
fn a_disk_that_hangs_does_not_keep_a_run_from_ending() {
    let scratch = Scratch::new();
    let (script, pipe) = (scratch.write("none.rhai", "fn chain() {}"), pipe(&scratch));
    let held = thread::spawn({
        let pipe = pipe.clone();
        move || File::open(pipe).expect("it is there")
    });
    let path = scratch.path("s.json");
    let command = coyote("hammer 20 --log").arg(&pipe).arg("--summary").arg(&path);
    let mut running = command.script(&script).start();
    let _held = held.join().expect("it was opened");
    running.wait_for_stderr("0:05");
    running.interrupt();
    running.wait_for_stderr("stopping");
    let second = Instant::now();
    running.interrupt();
    running.finish().exits(130);
    assert!(second.elapsed() < Duration::from_secs(3), "{:?}", second.elapsed());
    let summary = scratch.summary("s.json");
    let warnings = summary.list("/warnings").iter().filter_map(serde_json::Value::as_str);
    let warnings = warnings.collect::<Vec<_>>().join("\n");
    for told in ["the end is missing, for the run was interrupted", "held the run up for"] {
        assert!(warnings.contains(told), "{warnings}");
    }
}

#[test]
fn a_killed_run_leaves_whole_lines() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (log, rows) = (scratch.path("run.ndjson"), scratch.path("run.csv"));
    let command = coyote("hammer 8 --log").arg(&log).arg("--csv").arg(&rows).script(&script);
    let running = command.start();
    let deadline = Instant::now() + Duration::from_secs(30);
    let written = |path| fs::metadata(path).map_or(0, |known| known.len());
    while written(&log) < 200_000 || written(&rows) < 100_000 {
        assert!(Instant::now() < deadline, "nothing is written");
        thread::sleep(Duration::from_millis(5));
    }
    running.kill();
    let whole = |path| {
        let text = fs::read_to_string(path).expect("it");
        text.rsplit_once('\n').map(|(whole, _)| whole.to_owned()).expect("lines")
    };
    assert!(lines(&whole(log)).len() > 100);
    let rows = whole(rows);
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let rows: Vec<_> = reader.records().collect::<Result<_, _>>().expect("every row is whole");
    assert!(rows.len() > 200 && rows.iter().all(|row| row.len() == 13));
}
