//! Ctrl-C: the first lets running chains end, the second does not; both leave a summary.

use std::time::{Duration, Instant};

use crate::common::coyote::{Running, coyote};
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
