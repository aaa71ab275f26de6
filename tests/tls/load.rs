//! Handshakes as load: thresholds as k6 users have them, the log, the rows, the chains.

use std::fs;

use crate::common::coyote::coyote;
use crate::fixture::Pki;

const SCRIPT: &str = r#"
fn options() {
    #{
        name: "connectors",
        thresholds: [
            "http_req_duration{target_type:nginx}: p(95)<20000",
            "http_req_tls_handshaking{target_type:nginx}: min>0",
            "http_req_connecting{target_type:nginx}: min>0",
            "http_req_duration{target_type:dead}: max<20000",
        ],
    }
}
fn chain() {
    tls::handshake(env::get("NGINX"), #{ insecure: true, tags: #{ target_type: "nginx" }, endpoint: "nginx" });
    try {
        tls::handshake("127.0.0.1:1", #{ tags: #{ target_type: "dead" } });
    } catch (err) {
        check::that("refused", err.kind == "connect");
    }
}
"#;

#[test]
fn handshakes_are_measured_as_requests() {
    let pki = Pki::new();
    let (_nginx, [port]) = pki.nginx([""]);
    let script = pki.scratch.write("connectors.rhai", SCRIPT);
    let path = |name: &str| pki.scratch.path(name);
    coyote("hammer 3 --iterations 30 --summary")
        .arg(path("summary.json"))
        .words("--log")
        .arg(path("log"))
        .words("--csv")
        .arg(path("csv"))
        .words(&format!("-e NGINX=127.0.0.1:{port}"))
        .words("--threshold")
        .arg("http_reqs{method:TLS}: count==60")
        .script(&script)
        .run()
        .exits(0);
    let summary = pki.scratch.summary("summary.json");
    assert_eq!(summary.count("/endpoints/nginx/count"), 30);
    assert_eq!(summary.count("/endpoints/nginx/failed"), 0);
    assert!(summary.number("/tags/target_type/nginx/p95") > 0.0);
    assert_eq!(summary.count("/endpoints/tls 127.0.0.1:1/failed"), 30);
    assert_eq!(summary.count("/totals/traffic/out"), 0);
    assert_eq!(summary.errors("request", "cannot connect to 127.0.0.1"), 30);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    let log = fs::read_to_string(path("log")).expect("a log");
    assert_eq!(log.matches("\"uri\":\"nginx\"").count(), 30);
    let rows = fs::read_to_string(path("csv")).expect("rows");
    let made: Vec<_> = rows.lines().filter(|row| row.contains(",nginx,TLS,0,,")).collect();
    assert_eq!(made.len(), 30, "{rows}");
    assert!(made[0].contains(&format!(",127.0.0.1:{port},false,0,0")), "{}", made[0]);
}

#[test]
fn a_breached_threshold_is_one() {
    let pki = Pki::new();
    let (_nginx, [port]) = pki.nginx([""]);
    let script = pki.scratch.write("connectors.rhai", SCRIPT);
    coyote("hammer 1 --iterations 2 --threshold")
        .arg("http_req_duration{target_type:nginx}: p(95)<0.001")
        .words(&format!("-e NGINX=127.0.0.1:{port}"))
        .script(&script)
        .run()
        .exits(99);
}
