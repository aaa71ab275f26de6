//! `--log`: a line per chain.

use std::fs;

use serde_json::Value;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::{lines, script, target};

#[test]
fn the_log_equals_the_summary() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (log, path) = (scratch.write("run.ndjson", "an earlier run"), scratch.path("s.json"));
    let command = coyote("hammer 4 --iterations 500 --log").arg(&log).arg("--summary").arg(&path);
    command.script(&script).run().exits(0);
    let (summary, lines) =
        (scratch.summary("s.json"), lines(&fs::read_to_string(log).expect("it")));
    assert_eq!(lines.len(), 500);
    let failed = lines.iter().filter(|line| line["chainsuccessful"] == false).count();
    assert_eq!(failed as u64, summary.count("/totals/chains/failed"));
    let results = || lines.iter().filter_map(|line| line["individualresults"].as_array()).flatten();
    assert_eq!(results().count() as u64, summary.count("/totals/requests/count"));
    let failed = results().filter(|result| result["successful"] == false).count();
    assert_eq!(failed as u64, summary.count("/totals/requests/failed"));
    for line in &lines {
        let uris: Vec<_> = results_of(line).iter().map(|result| &result["uri"]).collect();
        assert_eq!(uris, ["new-nonce", "new-order"]);
        let sum: u64 = results_of(line).iter().map(|one| one["took"].as_u64().unwrap_or(0)).sum();
        assert!(line["chaintook"].as_u64().is_some_and(|took| took > sum && sum > 0), "{line}");
        let error = line["error"].as_str().unwrap_or_default();
        let own = results_of(line)[1]["error"].as_str().unwrap_or_default();
        assert_eq!(error.is_empty(), line["chainsuccessful"] == true);
        assert!(error.starts_with(own) && own.is_empty() == error.is_empty(), "{line}");
    }
    let attackers: std::collections::BTreeSet<_> =
        lines.iter().filter_map(|line| line["attacker"].as_u64()).collect();
    assert_eq!(attackers.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

fn results_of(line: &Value) -> &[Value] {
    line["individualresults"].as_array().expect("there are requests")
}

#[test]
fn once_is_logged_too_but_not_setup() {
    let (scratch, server) = (Scratch::new(), target());
    let text =
        format!("{}fn setup() {{ http::get(\"{}\").status }}\n", script(&server), server.url("/"));
    let (script, log) = (scratch.write("two.rhai", &text), scratch.path("run.ndjson"));
    coyote("once --log").arg(&log).script(&script).run().exits(0);
    let lines = lines(&fs::read_to_string(log).expect("it"));
    assert_eq!(lines.len(), 1);
    assert_eq!(results_of(&lines[0]).len(), 2);
    assert_eq!(lines[0]["stage"], "1: 1 attacker");
}

#[test]
fn a_chain_that_a_stop_cut_off_has_no_line_but_rows() {
    let (scratch, server) = (Scratch::new(), target());
    let text = format!("fn chain() {{ http::get(\"{}\"); sleep(60); }}", server.url("/"));
    let (script, log) = (scratch.write("slow.rhai", &text), scratch.path("run.ndjson"));
    let rows = scratch.path("run.csv");
    let command = coyote("hammer 3 --duration 1s --stop-timeout 0 --log").arg(&log);
    command.arg("--csv").arg(&rows).script(&script).run().exits(0);
    assert_eq!(fs::read_to_string(log).expect("it"), "");
    assert_eq!(fs::read_to_string(rows).expect("it").lines().count(), 1 + 3);
}

#[test]
fn a_file_per_stage() {
    let (scratch, server) = (Scratch::new(), target());
    let script = scratch.write("two.rhai", &script(&server));
    let (log, rows) = (scratch.path("run.ndjson"), scratch.path("run.csv"));
    let command = coyote("seq 1 2 4 --split-by-stage --log").arg(&log).arg("--csv").arg(&rows);
    let path = scratch.path("s.json");
    command.arg("--summary").arg(&path).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    for (at, stage) in summary.list("/stages").iter().enumerate() {
        let read = |kind: &str| {
            let name = format!("run.stage-{}.{kind}", at + 1);
            fs::read_to_string(scratch.path(&name)).expect("a file per stage")
        };
        let log = lines(&read("ndjson"));
        assert!(log.iter().all(|line| line["stage"] == stage["name"]));
        assert_eq!(Some(log.len() as u64), stage["totals"]["chains"]["count"].as_u64());
        let rows = read("csv").lines().count() - 1;
        assert_eq!(Some(rows as u64), stage["totals"]["requests"]["count"].as_u64());
    }
    assert_eq!(summary.list("/stages").len(), 2);
    assert!(!log.exists() && !rows.exists());
}
