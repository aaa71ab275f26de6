//! `coyote report`: the same from the logs of a run.

use crate::browser::open;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{script, target};
use crate::page::Page;

/// Everything of a row but the rate: a log does not say how long the run was.
fn without_rate(page: &Page, id: &str, name: &str) -> Vec<String> {
    let mut cells = page.row(id, name);
    cells.remove(2);
    cells
}

#[test]
fn logs_of_stages_come_to_what_the_run_reported() {
    let (scratch, server) = (Scratch::new(), target());
    let (report, path) = (scratch.path("run.html"), scratch.path("s.json"));
    let command = coyote("seq 1 2 4 --split-by-stage --log").arg(scratch.path("run.ndjson"));
    let command = command.arg("--report").arg(&report).arg("--summary").arg(&path);
    command.script(&script(&scratch, &server)).run().exits(0);
    // The stages in any order.
    let logs = [2, 1].map(|stage| scratch.path(&format!("run.stage-{stage}.ndjson")));
    let (alone, completed) = (scratch.path("alone.html"), scratch.path("completed.html"));
    coyote("report --output").arg(&alone).arg(&logs[0]).arg(&logs[1]).run().exits(0);
    let command = coyote("report --summary").arg(&path).arg("--output").arg(&completed);
    command.arg(&logs[0]).arg(&logs[1]).run().exits(0);
    let (live, alone, completed) = (open(&report), open(&alone), open(&completed));

    for (id, name) in [("chains", "two"), ("endpoints", "new-nonce"), ("endpoints", "new-order")] {
        assert_eq!(without_rate(&alone, id, name), without_rate(&live, id, name));
        assert_eq!(completed.row(id, name), live.row(id, name));
    }
    for stage in ["1: 2 attackers", "2: 4 attackers"] {
        let counts = |page: &Page| {
            let cells = page.row("stages", stage);
            [1, 2, 4, 5, 6, 7, 8, 10, 11].map(|cell| cells[cell].clone())
        };
        assert_eq!(counts(&alone), counts(&live));
    }
    for page in [&live, &alone, &completed] {
        let charts = ["over-time", "chains-over-time", "distribution", "load"];
        assert_eq!(charts.map(|id| page.charts(id)), [4, 2, 2, 4]);
    }
    assert!(alone.section("checks").is_none() && alone.section("environment").is_none());
    assert_eq!(completed.row("checks", "there is a nonce"), live.row("checks", "there is a nonce"));
    assert!(completed.0.contains("<h1>coyote seq 1 2 4 "), "the command is that of the run");
    assert!(alone.section("warnings").is_none() && completed.section("warnings").is_none());
}

#[test]
fn without_an_output_it_goes_to_stdout() {
    let scratch = Scratch::new();
    let log = scratch.write("empty.ndjson", "");
    let output = coyote("report").arg(&log).run().exits(0);
    let path = scratch.write("report.html", &output.stdout);
    let page = open(&path);
    let told = page.section("warnings").expect("there is nothing to show");
    assert!(told.contains("The log has no chain"), "{told}");
    assert!(page.section("totals").is_none() && page.section("chains").is_none());
}

#[test]
fn another_runs_summary_is_told() {
    let (scratch, server) = (Scratch::new(), target());
    let (script, log, path) =
        (script(&scratch, &server), scratch.path("run.ndjson"), scratch.path("s.json"));
    coyote("hammer 1 --iterations 3 --log").arg(&log).script(&script).run().exits(0);
    coyote("hammer 1 --iterations 4 --summary").arg(&path).script(&script).run().exits(0);
    let output = coyote("report --summary").arg(&path).arg(&log).run().exits(0);
    output.shows(&["The log has 3 chains, the summary 4"]);
}

#[test]
fn a_long_log_takes_few_points() {
    let scratch = Scratch::new();
    let line = |second: u32| {
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        format!(
            "{{\"chainname\":\"c{}\",\"chainsuccessful\":true,\"chaintook\":{},\
             \"individualresults\":[{{\"uri\":\"u\",\"took\":1000,\"successful\":true}}],\
             \"at\":\"2027-01-15T{hour:02}:{minute:02}:{:02}Z\",\"stage\":\"1: 5 attackers\"}}\n",
            second % 16,
            u64::from(second) * 1_000_000,
            second % 60,
        )
    };
    let log = scratch.write("long.ndjson", &(0..80_000).map(line).collect::<String>());
    let text = coyote("report").arg(&log).run().exits(0).stdout;
    assert!(text.len() < 400_000, "{} bytes", text.len());
    let page = open(&scratch.write("long.html", &text));
    assert_eq!(page.charts("chains-over-time"), 1 + 8, "of 16 chains, the most frequent");
    assert!(page.section("over-time").is_some_and(|charts| charts.contains("20 h")));
}
