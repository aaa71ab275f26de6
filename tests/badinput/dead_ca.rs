//! A CA that gives up, or does not answer, while a run goes on.

use std::path::PathBuf;
use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Reply, Server};
use crate::common::summary::Summary;

fn get(scratch: &Scratch, url: &str, options: &str) -> PathBuf {
    scratch.write("get.rhai", &format!("fn chain() {{ http::get(\"{url}\", #{{ {options} }}); }}"))
}

/// Every failure is among the errors, and those are few.
#[track_caller]
fn errors_add_up(summary: &Summary) {
    let errors = summary.list("/errors");
    assert!(errors.len() <= 20, "grouped: {errors:#?}");
    for (source, totals) in [("chain", "chains"), ("request", "requests")] {
        let failed = summary.count(&format!("/totals/{totals}/failed"));
        assert_eq!(summary.errors(source, ""), failed, "{errors:#?}");
    }
}

#[test]
fn a_ca_that_dies_half_way_loses_no_measurements() {
    let (scratch, http_port) = (Scratch::new(), free_port());
    let mut ca = coyote(&format!("ca --plain --addr 127.0.0.1:0 --http-port {http_port}")).start();
    let directory = ca.first_line();
    let run =
        coyote(&format!("hammer 20 --duration 4s --directory {directory} --http-port {http_port}"))
            .words(FREE_PORTS)
            .words("--summary")
            .arg(scratch.path("summary.json"))
            .script(&own_script("new_authz.rhai"))
            .start();
    std::thread::sleep(Duration::from_secs(2));
    ca.kill();
    let output = run.finish().exits(0);

    let summary = scratch.summary("summary.json");
    let (chains, failed) =
        (summary.count("/totals/chains/count"), summary.count("/totals/chains/failed"));
    assert!(
        chains - failed > 20,
        "what succeeded before is there: {chains} chains, {failed} failed"
    );
    assert!(failed >= 20, "each attacker failed at least once: {failed}");
    let refused =
        summary.errors("chain", "cannot connect to http://127.0.0.1:*: Connection refused");
    assert!(refused >= 20, "{:#}", summary.0["errors"]);
    errors_add_up(&summary);
    // And a person can read it.
    let line = output.stdout.lines().find(|line| line.contains(": cannot connect to "));
    let line = line.unwrap_or_else(|| panic!("the error is not shown:\n{}", output.stdout));
    assert!(line.trim_start().starts_with(|c: char| c.is_ascii_digit()), "with its count: {line}");
}

#[test]
fn many_attackers_facing_a_dead_ca_neither_spin_nor_flood() {
    const ATTACKERS: u64 = 2_000;
    let scratch = Scratch::new();
    let script = get(&scratch, &format!("http://127.0.0.1:{}/", free_port()), "");
    let output = coyote(&format!("hammer {ATTACKERS} --duration 6s --summary"))
        .arg(scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    let chains = summary.count("/totals/chains/count");
    assert_eq!(summary.count("/totals/chains/failed"), chains);
    // At 0, 0.1, 0.3, 0.7, 1.5, 3.1 and 5.1 s: seven attempts each.
    assert!((ATTACKERS * 2..=ATTACKERS * 7).contains(&chains), "{chains} chains");
    // Two spinning cores would use 12 s; this leaves room for a slow machine and a debug build.
    let cpu_s = summary.number("/totals/cpu_s");
    assert!(cpu_s < 6.0, "{cpu_s} s of CPU");
    errors_add_up(&summary);
    let lines = output.stderr.lines().count() + output.stdout.lines().count();
    assert!(lines < 60, "{lines} lines:\n{}\n{}", output.stderr, output.stdout);
}

#[test]
fn a_ca_that_closes_connections_is_named() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| Reply::Close));
    let script = get(&scratch, &server.url("/x"), "");
    coyote("hammer 10 --duration 1s --summary")
        .arg(scratch.path("s.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    let failed = summary.count("/totals/requests/failed");
    assert!(failed >= 10, "{failed} requests failed");
    assert_eq!(
        summary.errors("request", "closed the connection before the answer was complete"),
        failed
    );
    errors_add_up(&summary);
}

#[test]
fn a_ca_that_never_answers_is_a_timeout_that_is_measured() {
    let (scratch, server) = (Scratch::new(), Server::start(|_| Reply::Silence));
    let script = get(&scratch, &server.url("/x"), "timeout_ms: 250");
    coyote("hammer 5 --iterations 5 --summary")
        .arg(scratch.path("s.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    assert_eq!(
        summary.errors("request", "did not answer within 250 ms"),
        5,
        "{:#}",
        summary.0["errors"]
    );
    assert_eq!(summary.count("/endpoints/GET ~1x/failed"), 5);
    // Timed-out requests count in the latency.
    assert!(summary.number("/endpoints/GET ~1x/min") >= 245.0);
}

#[test]
fn an_html_error_page_does_not_break_an_acme_client() {
    // An ACME directory that then answers everything with a proxy's page.
    let server = Server::start(|request| {
        let base = format!("http://{}", request.header("host").unwrap_or_default());
        match request.path.as_str() {
            "/dir" => {
                let body = format!(
                    r#"{{"newNonce": "{base}/nonce", "newAccount": "{base}/account", "newOrder": "{base}/order"}}"#
                );
                Reply::Answer(200, "application/json".to_owned(), body.into_bytes())
            }
            _ => Reply::Answer(502, "text/html".to_owned(), b"<html>Bad Gateway</html>".to_vec()),
        }
    });
    let scratch = Scratch::new();
    coyote("hammer 3 --duration 1s --http-port 0 --directory")
        .arg(server.url("/dir"))
        .words(FREE_PORTS)
        .words("--summary")
        .arg(scratch.path("s.json"))
        .script(&own_script("new_authz.rhai"))
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    assert!(summary.errors("chain", "502") >= 3, "{:#}", summary.0["errors"]);
    errors_add_up(&summary);
}
