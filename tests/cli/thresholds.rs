//! `--threshold` and `options().thresholds`: what is refused, what is judged, what ends a run.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

/// A script whose chain is `body`, called `name`.
fn chain(scratch: &Scratch, name: &str, body: &str) -> PathBuf {
    scratch.write(&format!("{name}.rhai"), &format!("fn chain() {{ {body} }}\n"))
}

/// Ten chains that count, set, rate and measure, and of which every fifth fails.
fn busy(scratch: &Scratch) -> PathBuf {
    let body = "let n = (attacker::get(\"n\") ?? 0) + 1; attacker::set(\"n\", n); \
                metric::counter(\"polls\", 2); metric::gauge(\"queue\", n); \
                metric::rate(\"hit\", n > 3); metric::trend(\"size\", n); \
                check::that(\"small\", n < 10); if n % 5 == 0 { throw \"no\"; }";
    chain(scratch, "busy", body)
}

const TEN: &str = "hammer 1 --iterations 10";

trait WithThresholds {
    /// Adds a `--threshold` for each.
    fn thresholds(self, all: &[&str]) -> Self;
}

impl WithThresholds for Coyote {
    fn thresholds(self, all: &[&str]) -> Self {
        all.iter().fold(self, |command, one| command.arg("--threshold").arg(one))
    }
}

#[test]
fn every_aggregation_is_judged_and_shown() {
    let scratch = Scratch::new();
    let hold = [
        ("size: avg==5.5", 5.5),
        ("size: min>=1", 1.0),
        ("size: med<=5", 5.0),
        ("size: max<11", 10.0),
        ("size: p(90)!=10", 9.0),
        ("polls: count==20", 20.0),
        ("hit: rate==0.7", 0.7),
        ("queue: value==10", 10.0),
        ("chains: count>9", 10.0),
        ("chain_failed: rate<0.3", 0.2),
        ("checks{check:small}: rate>0.8", 0.9),
        ("chains{chain:busy,stage:1,scenario:default}: count>9", 10.0),
    ];
    let breached = [("size: p(95)<10", 10.0), ("polls: count<20", 20.0), ("checks: rate==1", 0.9)];
    let all: Vec<&str> = hold.iter().chain(&breached).map(|(text, _)| *text).collect();
    let command = coyote(TEN).script(&busy(&scratch)).thresholds(&all);
    let output = command.words("--summary").arg(scratch.path("s.json")).run().exits(99);
    let summary = scratch.summary("s.json");
    let expected = |(expr, observed): &(&str, f64), ok| json!({ "expr": expr, "ok": ok, "observed": observed });
    let expected: Vec<Value> = hold
        .iter()
        .map(|one| expected(one, true))
        .chain(breached.iter().map(|one| expected(one, false)))
        .collect();
    assert_eq!(summary.list("/thresholds"), expected);
    let shown = |start: &str, end: &str| {
        output.stdout.lines().any(|line| line.starts_with(start) && line.ends_with(end))
    };
    assert!(shown("THRESHOLDS", "observed   verdict"), "{}", output.stdout);
    assert!(shown("size: avg==5.5 ", " 5.5     holds"), "{}", output.stdout);
    assert!(shown("size: p(95)<10 ", " 10  breached"), "{}", output.stdout);
    assert!(!output.stdout.contains('\u{1b}'), "no control sequences: {}", output.stdout);
}

#[test]
fn a_rate_of_a_counter_is_by_second() {
    let scratch = Scratch::new();
    let script = chain(&scratch, "naps", "sleep(0.05);");
    coyote("seq 1s 2 2")
        .script(&script)
        .thresholds(&["chains: rate>1", "chains{stage:2}: rate<42"])
        .words("--summary")
        .arg(scratch.path("s.json"))
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    let seconds = summary.number("/duration_s");
    let expected = summary.number("/totals/chains/count") / seconds;
    assert!((summary.number("/thresholds/0/observed") - expected).abs() < 0.01);
    let expected = summary.number("/stages/1/totals/chains/rate_per_s");
    assert!((summary.number("/thresholds/1/observed") - expected).abs() < 0.01);
}

#[test]
fn requests_are_picked_by_their_tags() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let body = format!(
        "http::get(\"{0}\", #{{ endpoint: \"slow\", tags: #{{ kind: \"a:b\" }} }}); \
         http::get(\"{0}\"); http::get(\"http://127.0.0.1:1/\");",
        server.url("/page")
    );
    // The refused connection throws.
    let script = chain(&scratch, "get", &format!("try {{ {body} }} catch (e) {{ }}"));
    coyote("hammer 1 --iterations 4")
        .script(&script)
        .thresholds(&[
            "http_reqs: count==12",
            "http_reqs{endpoint:slow}: count==4",
            "http_reqs{endpoint:\"GET /page\"}: count==4",
            "http_reqs{endpoint:GET /page,method:GET,status:200}: count==4",
            "http_reqs{kind:\"a:b\"}: count==4",
            "http_reqs{status:0}: count==4",
            "http_req_failed{expected_response:true}: rate==0",
            "http_req_failed: rate<0.4",
            "http_req_duration{endpoint:slow}: p(95)<5000",
            "http_req_waiting{endpoint:slow}: max>0",
        ])
        .run()
        .exits(0);
}

#[test]
fn without_samples_only_a_counter_holds() {
    let scratch = Scratch::new();
    let script = chain(&scratch, "none", "if false { metric::trend(\"size\", 1); }");
    let output = coyote(TEN)
        .script(&script)
        .thresholds(&[
            "http_reqs{status:500}: count<1",
            "http_req_duration: p(95)<800",
            "size: avg<1",
        ])
        .words("--summary")
        .arg(scratch.path("s.json"))
        .run()
        .exits(99);
    let expected = [
        json!({ "expr": "http_reqs{status:500}: count<1", "ok": true, "observed": 0.0 }),
        json!({ "expr": "http_req_duration: p(95)<800", "ok": false, "observed": null }),
        json!({ "expr": "size: avg<1", "ok": false, "observed": null }),
    ];
    assert_eq!(scratch.summary("s.json").list("/thresholds"), expected);
    output.shows(&["no samples  breached"]);
}

#[test]
fn options_work_before_the_command_and_scripts_have_their_own() {
    let scratch = Scratch::new();
    let script = |name: &str, own: &str| {
        let text = format!(
            "fn options() {{ #{{ thresholds: [\"chain_failed: rate<0.5\", {own}] }} }}\n\
             fn chain() {{ sleep(0.01); }}\n"
        );
        scratch.write(&format!("{name}.rhai"), &text)
    };
    let one = script("one", "\"chains: count>1 abort 1h\"");
    let two =
        script("two", "#{ expr: \"chains{chain:one}: count>0\", abort: true, grace: \"90s\" }");
    coyote("--threshold chains:count>5 hammer 1 --iterations 20 --threshold chains:count>6")
        .script(&one)
        .script(&two)
        .words("--seed 1 --summary")
        .arg(scratch.path("s.json"))
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    let thresholds = summary.list("/thresholds");
    let texts: Vec<&str> = thresholds.iter().filter_map(|one| one["expr"].as_str()).collect();
    let expected = [
        "chains:count>5",
        "chains:count>6",
        "chain_failed: rate<0.5",
        "chains: count>1 abort 1h",
        "chains{chain:one}: count>0 abort 1m 30s",
    ];
    assert_eq!(texts, expected, "that of both scripts is judged once");
}

#[test]
fn what_cannot_be_judged_is_refused_before_anything_starts() {
    let scratch = Scratch::new();
    let script = busy(&scratch);
    for (threshold, told) in [
        (
            "http_req_duration: p95<800",
            "write p(95)\n    http_req_duration: p95<800\n                       ^",
        ),
        ("http_req_duraton: p(95)<800", "did you mean `http_req_duration`?"),
        ("polls: p(95)<800", "`polls` is a counter, which has count and rate"),
        ("pols: count<800", "did you mean `polls`?"),
        ("chains{chain:bsy}: count<1", "there is no chain `bsy` in this run; did you mean `busy`?"),
        ("chains{stage:2}: count<1", "there is no stage `2` in this run"),
        ("chain_duration{endpoint:x}: avg<1", "`chain_duration` has no tag `endpoint`"),
        ("http_reqs: count<1 abort soon", "`soon` is no length of time"),
    ] {
        let run = |line: &str| {
            let path = scratch.path("never.json");
            let command = coyote(line).script(&script).words("--summary").arg(&path);
            let output = command.thresholds(&[threshold]).run().exits(2).tells(&[told, threshold]);
            assert!(!output.stderr.contains("seed: "), "{}", output.stderr);
            assert!(output.stdout.is_empty() && !path.exists(), "{}", output.stdout);
        };
        run(TEN);
        run("once");
    }
    coyote(TEN).script(&script).words("--threshold").run().exits(2).tells(&["--threshold"]);
}

#[test]
fn a_script_whose_threshold_is_wrong_does_not_load() {
    let scratch = Scratch::new();
    let script = |expr: &str| {
        let text =
            format!("fn options() {{ #{{ thresholds: [\"{expr}\"] }} }}\nfn chain() {{ }}\n");
        scratch.write("own.rhai", &text)
    };
    let path = script("http_reqs: p(95)<1");
    let told = ["options().thresholds[0]: `http_reqs` is a counter", "own.rhai", "           ^"];
    coyote(TEN).script(&path).run().exits(3).tells(&told);
    coyote("check").arg(&path).run().exits(3);
    // Which metrics there are is the run's affair: another script may make it.
    let path = script("elsewhere: count<1");
    coyote("check").arg(&path).run().exits(0);
    coyote(TEN).script(&path).run().exits(2).tells(&["own.rhai", "unknown metric `elsewhere`"]);
    let other = chain(&scratch, "other", "metric::counter(\"elsewhere\", 0);");
    coyote(TEN).script(&path).script(&other).run().exits(0);
}

#[test]
fn metrics_of_the_standard_library_and_computed_names_are_known() {
    let scratch = Scratch::new();
    let imports = scratch.write("acme.rhai", "import \"acme\" as acme;\nfn chain() { }\n");
    let nonces = "acme_bad_nonce: count<1";
    coyote(TEN).script(&imports).thresholds(&[nonces]).run().exits(0);
    let plain = chain(&scratch, "plain", "");
    coyote(TEN).script(&plain).thresholds(&[nonces]).run().exits(2).tells(&["acme_bad_nonce"]);

    let computes = chain(&scratch, "computes", "metric::counter(`polls_${1}`, 1);");
    coyote(TEN).script(&computes).thresholds(&["polls_1: count==10"]).run().exits(0);
    let run = |threshold: &str| coyote(TEN).script(&computes).thresholds(&[threshold]).run();
    run("polls_2: count<1").exits(0).shows(&["there was no metric `polls_2`; did you mean"]);
    run("polls_2: rate<1").exits(99).shows(&["no samples"]);
    run("polls_1: avg<1").exits(99).shows(&["`polls_1` is a counter, which has"]);
}

#[test]
fn a_breach_after_its_grace_ends_the_run_gracefully() {
    let scratch = Scratch::new();
    // The second chain of each attacker is running when the run is ended, and may end.
    let script = chain(&scratch, "naps", "sleep(0.9); metric::counter(\"ended\", 1);");
    let output = coyote("hammer 4 --shards 2 --duration 60s")
        .script(&script)
        .thresholds(&["checks: rate>2", "ended: count<8 abort 1500ms", "ended: count<1000 abort"])
        .words("--summary")
        .arg(scratch.path("s.json"))
        .run()
        .exits(99)
        .tells(&["stopping: threshold breached: ended: count<8 abort 1500ms (observed 8)"]);
    assert!(output.took < Duration::from_secs(20), "{:?}", output.took);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    assert!(
        summary.list("/warnings").is_empty(),
        "nothing was cut off: {:#}",
        summary.0["warnings"]
    );
    let at = summary.number("/thresholds/1/ended_run_at_s");
    assert!((1.5..10.0).contains(&at), "{at}");
    assert_eq!(summary.0["thresholds"][1]["ok"], false);
    assert_eq!(summary.0["thresholds"][2].get("ended_run_at_s"), None);
    output.shows(&["the run was ended after ", "by: ended: count<8 abort 1500ms"]);
}

#[test]
fn a_grace_that_outlasts_the_run_still_judges_its_end() {
    let scratch = Scratch::new();
    let script = chain(&scratch, "naps", "sleep(0.1);");
    let output = coyote("hammer 1 --duration 2500ms")
        .script(&script)
        .thresholds(&["chains: count<2 abort 1h"])
        .run()
        .exits(99);
    assert!(output.took > Duration::from_secs(2), "it was not ended early");
    assert!(!output.stderr.contains("stopping"), "{}", output.stderr);
}

#[test]
fn an_abort_waits_for_samples() {
    let scratch = Scratch::new();
    let script = chain(&scratch, "naps", "sleep(2.5);");
    let never = "http_req_duration: p(95)<1 abort";
    let output = coyote("hammer 1 --iterations 1").script(&script).thresholds(&[never]).run();
    assert!(!output.stderr.contains("stopping"), "{}", output.stderr);
    output.exits(99).shows(&["no samples  breached"]);
}

#[test]
fn once_judges_those_of_its_command_line() {
    let scratch = Scratch::new();
    let text = "fn options() { #{ thresholds: [\"chains: count>100\"] } }\nfn chain() { }\n";
    let script = scratch.write("own.rhai", text);
    coyote("once").script(&script).run().exits(0);
    let output = coyote("once").script(&script).thresholds(&["chains: count>1"]).run().exits(99);
    output.shows(&["chains: count>1", "breached"]);
    // A chain that failed says more.
    let fails = chain(&scratch, "fails", "throw \"no\";");
    coyote("once").script(&fails).thresholds(&["chain_failed: rate<0.5"]).run().exits(1);
}

#[test]
fn a_second_interrupt_outranks_a_breach() {
    let scratch = Scratch::new();
    let script = chain(&scratch, "naps", "sleep(30);");
    let command = coyote("hammer 2").script(&script).thresholds(&["chains: count>100"]);
    let mut running = command.start();
    running.wait_for_stderr("seed: ");
    std::thread::sleep(Duration::from_millis(300));
    running.interrupt();
    running.wait_for_stderr("stopping");
    running.interrupt();
    running.finish().exits(130).shows(&["chains: count>100", "breached"]);
}
