//! hammer, seq and aseq: how many chains, by how many attackers, counted where they belong.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};
use crate::common::summary::Summary;

/// What a chain of [`sleepy`] takes at least, in seconds.
const NAP_S: f64 = 0.05;

fn sleepy(scratch: &Scratch) -> std::path::PathBuf {
    scratch.write("sleepy.rhai", &format!("fn chain() {{ sleep({NAP_S}); }}"))
}

/// Runs `command` with a script that sleeps, and returns its summary.
fn summary_of(command: Coyote) -> Summary {
    let scratch = Scratch::new();
    command.script(&sleepy(&scratch)).words("--summary").arg(scratch.path("s.json")).run().exits(0);
    scratch.summary("s.json")
}

/// Name and number of chains of each stage.
fn stages(summary: &Summary) -> Vec<(String, f64)> {
    let stage = |stage: &Value| {
        let count = stage["totals"]["chains"]["count"].as_f64().expect("the schema demands it");
        (stage["name"].as_str().expect("the schema demands it").to_owned(), count)
    };
    summary.list("/stages").iter().map(stage).collect()
}

/// Each attacker can end so many chains in a second; a busy machine lets it end fewer.
#[track_caller]
fn busy(attackers: f64, seconds: f64, chains: f64) {
    let most = attackers * (seconds / NAP_S + 1.0);
    assert!(chains <= most, "{chains} chains of {attackers} attackers: want at most {most}");
    assert!(chains >= most * 0.5, "{chains} chains of {attackers} attackers: want about {most}");
}

#[test]
fn iterations_are_exact() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let chain = format!("fn chain() {{ http::get(\"{}\"); }}", server.url("/page"));
    let script = scratch.write("get.rhai", &chain);
    for (profile, iterations) in [("hammer 7", 50), ("seq 30s 3 5", 1), ("aseq 2 4 30s", 33)] {
        let before = server.requests().len();
        let path = scratch.path("summary.json");
        coyote(profile)
            .words(&format!("--iterations {iterations} --summary"))
            .arg(&path)
            .script(&script)
            .run()
            .exits(0);
        assert_eq!(server.requests().len() - before, iterations, "{profile}");
        let summary = scratch.summary("summary.json");
        summary.nothing_failed();
        assert_eq!(summary.count("/chains/get/count"), iterations as u64, "{profile}");
        assert_eq!(summary.count("/endpoints/GET ~1page/count"), iterations as u64, "{profile}");
    }
}

#[test]
fn hammer_keeps_its_number_for_the_duration() {
    let summary = summary_of(coyote("hammer 8 --duration 1500ms"));
    assert_eq!(summary.count("/totals/attackers_max"), 8);
    busy(8.0, 1.5, summary.number("/totals/chains/count"));
    let took = summary.number("/duration_s");
    assert!((1.5..2.5).contains(&took), "it took {took} s");
}

#[test]
fn seq_grows_and_shrinks() {
    let summary = summary_of(coyote("seq 1s 2 12 4"));
    let stages = stages(&summary);
    let names: Vec<&str> = stages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["1: 2 attackers", "2: 12 attackers", "3: 4 attackers"]);
    for ((_, chains), attackers) in stages.iter().zip([2.0, 12.0, 4.0]) {
        // The eight that leave end their chain first, which began in the second stage.
        busy(attackers, 1.0, *chains);
    }
    let sum: f64 = stages.iter().map(|(_, chains)| chains).sum();
    assert_eq!(sum as u64, summary.count("/totals/chains/count"));
    assert_eq!(summary.count("/totals/attackers_max"), 12);
}

#[test]
fn aseq_ends_with_exactly_its_last_number() {
    let summary = summary_of(coyote("aseq 4 10 1s"));
    let stages = stages(&summary);
    let names: Vec<&str> = stages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["1: 4 attackers", "2: 8 attackers", "3: 10 attackers"]);
    for ((_, chains), attackers) in stages.iter().zip([4.0, 8.0, 10.0]) {
        busy(attackers, 1.0, *chains);
    }
}

#[test]
fn duration_cuts_a_sequence_short() {
    let summary = summary_of(coyote("seq 1s 2 3 4 5 --duration 1500ms"));
    assert_eq!(stages(&summary).len(), 2);
    let took = summary.number("/duration_s");
    assert!((1.5..2.5).contains(&took), "it took {took} s");
}

#[test]
fn an_attacker_that_leaves_ends_its_chain_first() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let chain = format!(
        "fn chain() {{ http::get(\"{}\"); sleep(0.7); http::get(\"{}\"); }}",
        server.url("/first"),
        server.url("/last")
    );
    let script = scratch.write("long.rhai", &chain);
    let path = scratch.path("summary.json");
    coyote("seq 500ms 6 1 --summary").arg(&path).script(&script).run().exits(0);
    let asked =
        |path: &str| server.requests().iter().filter(|request| request.path == path).count();
    assert_eq!(asked("/first"), asked("/last"));
    assert!(asked("/first") >= 7, "six at first, then one goes on");
    scratch.summary("summary.json").nothing_failed();
}

#[test]
fn progress_is_plain_lines_where_there_is_no_terminal() {
    let scratch = Scratch::new();
    let output = coyote("hammer 3 --duration 6500ms").script(&sleepy(&scratch)).run().exits(0);
    let lines: Vec<&str> = output.stderr.lines().collect();
    let [seed, line] = lines[..] else { panic!("one line every five seconds: {lines:?}") };
    assert!(seed.starts_with("seed: "), "{seed:?}");
    for part in ["3 attackers", "chains", "requests", "p95"] {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
    assert!(!line.contains('\u{1b}'), "no control sequences: {line:?}");
}

#[test]
fn each_attacker_has_an_address_of_its_own() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let chain = format!("fn chain() {{ http::get(\"{}\"); sleep(0.01); }}", server.url("/"));
    let script = scratch.write("get.rhai", &chain);
    coyote("hammer 5 --iterations 40 -H")
        .arg("X-Real-IP: {attacker_ip}")
        .arg("-HX-Test: yes")
        .script(&script)
        .run()
        .exits(0);
    let requests = server.requests();
    let seen = |name: &str| -> BTreeSet<String> {
        requests.iter().map(|request| request.header(name).unwrap_or("none").to_owned()).collect()
    };
    let addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"];
    assert_eq!(seen("x-real-ip"), addresses.map(str::to_owned).into());
    assert_eq!(seen("x-test"), ["yes".to_owned()].into());
}
