//! `--report`: what a run writes at its end.

use serde_json::Value;

use crate::browser::open;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::summary::Summary;
use crate::fixture::{script, target};
use crate::page::{Page, millis, number};

/// Fails the test unless a row of counts and times says what the summary does.
#[track_caller]
fn equals(page: &Page, id: &str, name: &str, block: &Value) {
    let cells = page.row(id, name);
    let counts = [&cells[0], &cells[1]].map(|cell| Some(number(cell)));
    assert_eq!(counts, ["count", "failed"].map(|count| block[count].as_u64()), "{name}");
    let times = ["avg", "min", "med", "p90", "p95", "p99", "p999", "max"];
    for (cell, time) in cells[3..].iter().zip(times) {
        let wanted = block[time].as_f64().expect("there are samples");
        // Three digits are shown, or whole microseconds.
        let close = (millis(cell) - wanted).abs() <= wanted * 0.006 + 0.0006;
        assert!(close, "{name} {time}: {cell} is not {wanted} ms");
    }
}

#[test]
fn figures_are_the_summarys() {
    let (scratch, server) = (Scratch::new(), target());
    let (report, path) = (scratch.path("run.html"), scratch.path("s.json"));
    let command = coyote("hammer 4 --iterations 500 --report").arg(&report).arg("--summary");
    let command = command.arg(&path).arg("--threshold").arg("chain_failed: rate<0.01");
    command.script(&script(&scratch, &server)).run().exits(99);
    let (page, summary) = (open(&report), scratch.summary("s.json"));
    equals(&page, "chains", "two", &summary.0["chains"]["two"]);
    for endpoint in ["new-nonce", "new-order"] {
        equals(&page, "endpoints", endpoint, &summary.0["endpoints"][endpoint]);
    }
    let observed = summary.number("/thresholds/0/observed").to_string();
    assert_eq!(page.row("thresholds", "chain_failed: rate<0.01"), [&observed, "breached"]);
    assert_eq!(page.row("checks", "there is a nonce"), ["500", "0", "100 %"]);
    let made =
        summary.count("/endpoints/new-order/count") - summary.count("/endpoints/new-order/failed");
    assert_eq!(page.row("made", "orders"), [made.to_string()]);
    let errors = page.section("errors").expect("there are some");
    let message = summary.0["errors"][0]["message"].as_str().expect("there are some");
    assert!(errors.contains(&message.replace('>', "&gt;")), "{errors}");
    // A run of less than two seconds does not know its attackers.
    assert!(page.charts("over-time") >= 3);
    let charts = ["chains-over-time", "distribution", "load"];
    assert_eq!(charts.map(|id| page.charts(id)), [2, 2, 0]);
    let system = page.section("environment").expect("it is known");
    for text in [env!("CARGO_PKG_VERSION"), "1: 4 attackers", "two.rhai", std::env::consts::ARCH] {
        assert!(system.contains(text), "{text} is not in {system}");
    }
    assert!(page.section("audit").is_none() && page.section("stages").is_none());
}

#[test]
fn a_run_that_is_stopped_early_has_its_report() {
    let (scratch, server) = (Scratch::new(), target());
    for (name, signals) in [("first.html", 1), ("second.html", 2)] {
        let text = format!("fn chain() {{ http::get(\"{}\"); sleep(0.2); }}", server.url("/"));
        let (script, report) = (scratch.write("slow.rhai", &text), scratch.path(name));
        let mut running = coyote("hammer 3 --report").arg(&report).script(&script).start();
        running.wait_for_stderr("chains/s");
        running.interrupt();
        if signals == 2 {
            running.wait_for_stderr("stopping");
            running.interrupt();
        }
        let code = running.finish().code;
        assert!(matches!((signals, code), (1, Some(0)) | (2, Some(0 | 130))), "{code:?}");
        let page = open(&report);
        assert!(number(&page.row("chains", "slow")[0]) > 10);
        assert_eq!(page.charts("over-time"), 4);
    }
}

#[test]
fn a_run_of_nothing_has_a_report_without_charts() {
    let scratch = Scratch::new();
    let (script, report) =
        (scratch.write("s.rhai", "fn chain() { sleep(9); }"), scratch.path("run.html"));
    let command = coyote("hammer 1 --duration 100ms --stop-timeout 0 --report").arg(&report);
    command.script(&script).run().exits(0);
    let page = open(&report);
    assert_eq!(page.row("chains", "s")[0], "0");
    let charts = ["chains-over-time", "distribution", "load", "totals", "errors"];
    assert_eq!(charts.map(|id| page.section(id).is_some()), [false; 5]);
    assert!(page.section("warnings").is_some_and(|told| told.contains("still running")));
}

#[test]
fn once_has_one_too() {
    let (scratch, server) = (Scratch::new(), target());
    let (report, path) = (scratch.path("run.html"), scratch.path("s.json"));
    let command = coyote("once --report").arg(&report).arg("--summary").arg(&path);
    command.script(&script(&scratch, &server)).run().exits(0);
    let (page, summary) = (open(&report), Summary::read(&path));
    equals(&page, "chains", "two", &summary.0["chains"]["two"]);
}
