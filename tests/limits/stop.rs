//! Ctrl-C: the first lets running chains end, the second does not; both leave a summary.

use std::time::{Duration, Instant};

use crate::common::coyote::{Running, coyote};
use crate::common::output::Output;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

/// What the program says when the first Ctrl-C arrived.
const STOPPING: &str = "Ctrl-C again stops at once";

/// 20 attackers without end, in each of whose chains `body` follows a request to `server`.
fn start(scratch: &Scratch, server: &Server, body: &str) -> Running {
    let chain = format!("fn chain() {{ http::get(\"{}\"); {body} }}", server.url("/"));
    let script = scratch.write("endless.rhai", &chain);
    let running =
        coyote("hammer 20 --summary").arg(scratch.path("summary.json")).script(&script).start();
    let begun = Instant::now();
    while server.requests().len() < 20 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the run does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    running
}

#[test]
fn the_first_lets_running_chains_end() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let mut running = start(&scratch, &server, "sleep(0.5);");
    running.interrupt();
    running.wait_for_stderr(STOPPING);
    let output = running.finish().exits(0);
    assert!(!output.stdout.contains("still running"), "{}", output.stdout);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/chains/endless/count"), server.requests().len() as u64);
}

#[test]
fn the_second_ends_the_run_within_a_second() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let mut running = start(&scratch, &server, "sleep(60);");
    running.interrupt();
    running.wait_for_stderr(STOPPING);
    let asked = Instant::now();
    running.interrupt();
    let output = running.finish().exits(130);
    // One second, and some for a busy machine to start and end processes.
    assert!(asked.elapsed() < Duration::from_millis(1500), "it took {:?}", asked.elapsed());
    let output = output.shows(&["20 chains were still running", "GET /"]);
    assert!(output.stdout.contains("traffic"), "the summary is whole:\n{}", output.stdout);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.count("/totals/requests/count"), 20);
    assert_eq!(summary.count("/totals/requests/failed"), 0);
}

#[test]
fn a_script_that_catches_everything_cannot_hold_it_up() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let mut running = start(&scratch, &server, "loop { try { sleep(60); } catch {} }");
    running.interrupt();
    running.wait_for_stderr(STOPPING);
    let asked = Instant::now();
    running.interrupt();
    running.finish().exits(130);
    assert!(asked.elapsed() < Duration::from_millis(1500), "it took {:?}", asked.elapsed());
}

#[test]
fn chains_that_outlast_the_stop_timeout_are_stopped() {
    let scratch = Scratch::new();
    let script = scratch.write("long.rhai", "fn chain() { sleep(60); }");
    let line = "hammer 10 --duration 500ms --stop-timeout 500ms";
    let output =
        coyote(line).script(&script).run().exits(0).shows(&["10 chains were still running"]);
    assert!(output.took < Duration::from_millis(2500), "it took {:?}", output.took);
}

/// What a run of `script` leaves, besides its summary, and how long it takes to end after `stop`.
fn ends_teardown(script: &str, line: &str, stop: impl FnOnce(&mut Running)) -> (Output, Duration) {
    let scratch = Scratch::new();
    let script = scratch.write("slow.rhai", script);
    let path = scratch.path("summary.json");
    let mut running = coyote(line).arg("--summary").arg(&path).script(&script).start();
    stop(&mut running);
    let asked = Instant::now();
    let output = running.finish();
    scratch.summary("summary.json").nothing_failed();
    (output, asked.elapsed())
}

const SLOW_TEARDOWN: &str = "fn chain() { sleep(0.3); log::info(\"ran\"); } fn teardown() { log::info(\"tears\"); sleep(60); }";

#[test]
fn the_second_leaves_teardown_out() {
    let chain =
        SLOW_TEARDOWN.replace("sleep(0.3)", "sleep(if attacker::id() == 0 { 0.3 } else { 60 })");
    let (output, took) = ends_teardown(&chain, "hammer 2", |running| {
        running.wait_for_stderr("ran");
        running.interrupt();
        running.wait_for_stderr(STOPPING);
        running.interrupt();
    });
    let output = output.exits(130).tells(&["teardown() was not run: the run was interrupted"]);
    assert!(!output.stderr.contains("tears"), "{}", output.stderr);
    assert!(took < Duration::from_millis(1500), "it took {took:?}");
}

#[test]
fn the_second_ends_a_teardown_that_runs() {
    let (output, took) = ends_teardown(SLOW_TEARDOWN, "hammer 2", |running| {
        running.wait_for_stderr("ran");
        running.interrupt();
        running.wait_for_stderr("tears");
        running.interrupt();
    });
    output.exits(130).tells(&["teardown() of slow was interrupted"]);
    assert!(took < Duration::from_millis(1500), "it took {took:?}");
}

#[test]
fn the_stop_timeout_bounds_teardown() {
    let line = "hammer 1 --iterations 1 --stop-timeout 500ms";
    let (output, took) = ends_teardown(SLOW_TEARDOWN, line, |running| {
        running.wait_for_stderr("tears");
    });
    output.exits(0).tells(&["teardown() of slow did not end within --stop-timeout (500ms)"]);
    assert!(took < Duration::from_secs(2), "it took {took:?}");
}
