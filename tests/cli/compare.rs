//! `coyote compare`: two summaries side by side, and a verdict.

use std::path::PathBuf;

use crate::common::coyote::coyote;
use crate::common::output::Output;
use crate::common::scratch::Scratch;

const CHAIN: &str = "
fn options() { #{ name: \"think\" } }
fn chain() { sleep(env::get(\"SLEEP\", \"0.01\").parse_float()); check::that(\"fine\", true); }
";

/// The summaries of two short runs, whose chains sleep 10 and 40 ms.
struct Runs {
    scratch: Scratch,
    base: PathBuf,
    new: PathBuf,
}

impl Runs {
    fn new() -> Self {
        let scratch = Scratch::new();
        let script = scratch.write("think.rhai", CHAIN);
        let run = |name: &str, sleep: &str| {
            let summary = scratch.path(name);
            let command = coyote("hammer 2 --iterations 20").script(&script);
            let options = format!("-e SLEEP={sleep} --summary {}", summary.display());
            command.words(&options).run().exits(0);
            summary
        };
        let (base, new) = (run("base.json", "0.01"), run("new.json", "0.04"));
        Self { scratch, base, new }
    }

    fn compare(&self, options: &[&str]) -> Output {
        let mut command = coyote("compare").arg(&self.base).arg(&self.new);
        for option in options {
            command = command.arg(option);
        }
        command.run()
    }
}

#[test]
fn a_regression_is_caught() {
    let runs = Runs::new();
    let shown = runs.compare(&[]).exits(0);
    let tables = ["base.json: coyote hammer 2", "CHAINS", "think", "chain p95", "checks passed"];
    shown.shows(&tables);
    let slower = "chain_duration{chain:think}: p(95)>+100%";
    runs.compare(&["--fail-if", slower]).exits(99).shows(&["FAIL IF", slower, "breached"]);
    let fine = ["--fail-if", "chain_duration: p(95)>+900%", "--fail-if", "checks: rate<-1%"];
    runs.compare(&fine).exits(0).shows(&["holds"]);
    // One of several is enough, and what was not measured is none that holds.
    runs.compare(&[&fine[..], &["--fail-if", "http_req_duration: p(95)>+10%"]].concat())
        .exits(99)
        .shows(&["no samples", "breached"]);
}

#[test]
fn the_tables_show_another_time() {
    let runs = Runs::new();
    runs.compare(&["--by", "med"]).exits(0).shows(&["chain med"]);
    runs.compare(&["--by", "p59"]).exits(2).tells(&["--by", "did you mean p95?"]);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let runs = Runs::new();
    for (expr, why) in [
        ("chain_durations: p(95)>+10%", "did you mean `chain_duration`?"),
        ("chain_duration: p(42)>+10%", "a summary keeps min"),
        ("chain_duration{chain:thing}: p(95)>+10%", "neither run has the chain `thing`"),
        ("chain_duration: p(95)>10%", "write +10%"),
    ] {
        runs.compare(&["--fail-if", expr]).exits(2).tells(&["--fail-if", why]);
    }
    let other = runs.scratch.write("other.json", "{}");
    coyote("compare").arg(&runs.base).arg(&other).run().exits(2).tells(&["other.json is not what"]);
    let missing = runs.scratch.path("missing.json");
    coyote("compare").arg(&missing).arg(&runs.new).run().exits(2).tells(&["missing.json"]);
    coyote("compare").arg(&runs.base).run().exits(2).tells(&["NEW"]);
}
