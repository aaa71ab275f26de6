//! rate and ramp: chains start on the clock, whatever they take, and what cannot start is counted.

use serde_json::Value;

use crate::common::coyote::{Coyote, coyote};
use crate::common::output::Output;
use crate::common::scratch::Scratch;
use crate::common::summary::Summary;

const SLEEPY: &str = "
fn options() { #{ name: \"sleepy\", pause_ms: 60_000 } }
fn chain() { sleep(env::get(\"SLEEP\", \"0.01\").parse_float()); }
";

/// Runs `line` with a script that sleeps, and returns its summary too.
fn run(line: &str) -> (Output, Summary) {
    let scratch = Scratch::new();
    let command = coyote(line).script(&scratch.write("sleepy.rhai", SLEEPY));
    let output = command.words("--summary").arg(scratch.path("s.json")).run().exits(0);
    let summary = scratch.summary("s.json");
    (output, summary)
}

fn trend(summary: &Summary, metric: &str, figure: &str) -> f64 {
    summary.number(&format!("/metrics/{metric}/{figure}"))
}

#[test]
fn a_rate_is_kept_whatever_chains_take() {
    for (sleep, attackers) in [("0.01", 3.0), ("0.5", 80.0)] {
        let (output, summary) = run(&format!("rate 200 --duration 2s -e SLEEP={sleep}"));
        assert_eq!(summary.count("/totals/chains/count"), 400, "{}", output.stdout);
        assert_eq!(summary.count("/totals/dropped_chains"), 0);
        assert!(summary.number("/totals/attackers_max") >= attackers, "{}", output.stdout);
        assert_eq!(summary.count("/metrics/chain_delay/count"), 400);
        let from_schedule = trend(&summary, "chain_duration_scheduled", "avg");
        let sum = trend(&summary, "chain_duration", "avg") + trend(&summary, "chain_delay", "avg");
        assert!((from_schedule - sum).abs() < 0.5, "{from_schedule} is {sum}");
        output.shows(&["from when they were due: avg "]);
    }
}

#[test]
fn rates_are_by_any_time_and_exact_at_ten_thousand_a_second() {
    let (_, summary) = run("rate 600/1m --duration 1s");
    assert_eq!(summary.count("/totals/chains/count"), 10);
    let (output, summary) = run("rate 10000 --duration 2s --max-attackers 5000 -e SLEEP=0");
    let chains = summary.count("/totals/chains/count") + summary.count("/totals/dropped_chains");
    assert_eq!(chains, 20_000, "{}", output.stdout);
}

#[test]
fn what_finds_no_free_attacker_is_dropped_and_counted() {
    let (output, summary) = run("rate 100 --duration 2s --max-attackers 2 -e SLEEP=0.5");
    let (ran, dropped) =
        (summary.count("/totals/chains/count"), summary.count("/totals/dropped_chains"));
    assert_eq!(ran + dropped, 200, "{}", output.stdout);
    assert!((6..=10).contains(&ran), "{ran} chains of 500 ms by 2 attackers in 2 s");
    assert_eq!(summary.count("/totals/attackers_max"), 2);
    let warned =
        format!("{dropped} of 200 chains that were due were dropped: all 2 attackers were");
    assert!(
        summary.list("/warnings").iter().any(|it| it.as_str().unwrap_or("").starts_with(&warned))
    );
    assert!((summary.number("/metrics/dropped_chains/count") - dropped as f64).abs() < 0.5);
    let breached = coyote("rate 100 --duration 1s --max-attackers 1 -e SLEEP=0.5");
    with_sleepy(breached).words("--threshold").arg("dropped_chains: count<1").run().exits(99);
}

fn with_sleepy(command: Coyote) -> Coyote {
    // Beside the tests' own scratch folders, which are removed when their test ends.
    let script = std::env::temp_dir().join(format!("coyote-sleepy-{}.rhai", std::process::id()));
    std::fs::write(&script, SLEEPY).expect("the temporary folder can be written");
    command.script(&script)
}

#[test]
fn a_ramp_follows_its_steps() {
    let (output, summary) = run("ramp 100/1s 100/1s 0/1s");
    let counts: Vec<(String, u64)> = summary
        .list("/stages")
        .iter()
        .map(|stage| {
            let name = stage["name"].as_str().unwrap_or_default().to_owned();
            (name, stage["totals"]["chains"]["count"].as_u64().unwrap_or_default())
        })
        .collect();
    let names: Vec<&str> = counts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["1: 0 to 100/s", "2: 100/s", "3: 100 to 0/s"], "{}", output.stdout);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 200);
    // A chain that starts where two stages meet may belong to either.
    for ((_, count), expected) in counts.iter().zip([50_u64, 100, 50]) {
        assert!(count.abs_diff(expected) <= 5, "{counts:?}");
    }
}

#[test]
fn iterations_end_it() {
    let (_, summary) = run("rate 200 --iterations 30");
    assert_eq!(summary.count("/totals/chains/count"), 30);
}

#[test]
fn no_ready_script_drops_what_is_due() {
    let scratch = Scratch::new();
    let script = |name: &str| {
        scratch.write(name, "fn ready() { false }\nfn chain() { throw \"not to be run\"; }\n")
    };
    let (one, two) = (script("one.rhai"), script("two.rhai"));
    let summary = scratch.path("s.json");
    let command = coyote("rate 50 --duration 1s --summary").arg(&summary);
    command.script(&one).script(&two).run().exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/totals/chains/count"), 0);
    assert_eq!(summary.count("/totals/dropped_chains"), 50);
    let told = |it: &Value| it.as_str().is_some_and(|it| it.contains("or no script was ready"));
    assert!(summary.list("/warnings").iter().any(told));
}

#[test]
fn wrong_words_are_told() {
    for (line, why) in [
        ("rate", "rate 100/1m"),
        ("rate 0", "more than 0"),
        ("rate 5/x", "no rate"),
        ("ramp", "ramp 10/30s 200/5m"),
        ("ramp 10", "no step"),
        ("ramp 10/0s", "longer than 0"),
        ("hammer 5 --max-attackers 3", "--max-attackers is for rate and ramp"),
        ("rate 5 --max-attackers 0", "--max-attackers"),
    ] {
        with_sleepy(coyote(line)).run().exits(2).tells(&[why]);
    }
}
