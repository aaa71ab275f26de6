//! The embedded CA validates what scripts publish, over real sockets, and fails on purpose.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::coyote::coyote;
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::own_script;

#[test]
fn every_kind_of_challenge_leads_to_a_certificate() {
    let dns_port = free_port();
    let looked_up = format!("--dns-port {dns_port} --dns-server 127.0.0.1:{dns_port}");
    let script = own_script("new_cert.rhai");
    for (options, challenge) in [
        ("", "http-01"),
        ("", "tls-alpn-01"),
        ("", "dns-01"),
        ("--dns-account-01", "dns-account-01"),
        ("--challenge-addr ::1", "http-01"),
        ("--challenge-addr ::1", "tls-alpn-01"),
        ("--challenge-addr ::1", "dns-01"),
        // Addresses and CAA records are asked for too.
        (looked_up.as_str(), "http-01"),
        (looked_up.as_str(), "tls-alpn-01"),
        (looked_up.as_str(), "dns-01"),
    ] {
        let line = format!("once {options} -e CHALLENGE={challenge}");
        let output = coyote(&line).script(&script).run().exits(0);
        assert!(answered(&output.stdout, challenge), "{line}: {}", output.stdout);
    }
}

/// Whether a challenge of this type was posted to.
fn answered(stdout: &str, challenge: &str) -> bool {
    let posted = |line: &str| line.starts_with("--> POST ") && line.contains("/acme/challenge/");
    stdout.lines().any(|line| posted(line) && line.contains(&format!("/{challenge}")))
}

#[test]
fn a_dns_server_that_is_not_there_is_a_dns_problem() {
    let nowhere = free_port();
    let output = coyote(&format!("once --dns-server 127.0.0.1:{nowhere} -e CHALLENGE=http-01"))
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(1);
    output.shows(&["urn:ietf:params:acme:error:dns", "looking up"]);
}

#[test]
fn the_seeds_chains_run_against_the_ca_alone() {
    let tls_port = free_port();
    let line = format!("ca --addr 127.0.0.1:0 --plain --acme-v1 --tls-port {tls_port}");
    let mut ca = coyote(&line).start();
    let directory = ca.first_line();
    let ports = FREE_PORTS.replace("--tls-port 0", &format!("--tls-port {tls_port}"));
    for challenge in ["simpleHttps", "dvsni"] {
        for script in ["acme_v1_new_authz.rhai", "acme_v1_revoke_cert.rhai"] {
            coyote(&format!("once --directory {directory} --http-port 0 {ports}"))
                .words(&format!("-e CHALLENGE={challenge}"))
                .script(&own_script(&format!("seeds/{script}")))
                .run()
                .exits(0);
        }
    }
    ca.terminate();
    ca.finish().exits(0);
}

#[test]
fn faults_come_and_go_by_the_management_interface() {
    let management = free_port();
    let line = format!("ca --addr 127.0.0.1:0 --plain --management-port {management}");
    let mut ca = coyote(&line).start();
    let directory = ca.first_line();
    let register = |code: i32| {
        coyote(&format!("once --directory {directory} --http-port 0"))
            .words(FREE_PORTS)
            .script(&own_script("new_account.rhai"))
            .run()
            .exits(code)
    };
    register(0);
    let answer = ask(management, "POST", r#"{"fault":"new-account:500:1"}"#);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    register(1).shows(&["<-- 500 "]);
    let answer = ask(management, "DELETE", "");
    assert!(answer.contains(r#"{"ended":1}"#), "{answer}");
    register(0);
    ca.terminate();
    let output = ca.finish().exits(0);
    assert!(output.stdout.contains(&format!("management: http://127.0.0.1:{management}/")));
}

/// The answer of the management interface to a request for its faults.
fn ask(port: u16, method: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let length = body.len();
    write!(
        stream,
        "{method} /faults HTTP/1.1\r\nHost: ca\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn faults_and_limits_are_met_by_scripts() {
    let script = own_script("new_account.rhai");
    let output = coyote("once --fault nonce:next:3").script(&script).run().exits(0);
    output.shows(&["badNonce"]);
    let output =
        coyote("hammer 1 --iterations 3 --limit new-account:2/1h").script(&script).run().exits(0);
    output.shows(&["the limit new-account:2/1h is reached"]);
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    for (option, told) in [
        ("--fault new-ordr:503:1", "did you mean `new-order`?"),
        ("--fault new-order:404:1", "`404` is no fault"),
        ("--fault new-order:503:often", "`often` does not say when"),
        ("--limit new-order:0/1m", "write ENDPOINT:COUNT/TIME"),
        ("--dns-server localhost", "invalid value 'localhost'"),
    ] {
        let output = coyote("ca --addr 127.0.0.1:0").words(option).run().exits(2);
        output.tells(&[told]);
    }
    let script = own_script("new_account.rhai");
    for option in ["--fault nonce:1", "--limit names:1/1s", "--acme-v1", "--dns-account-01"] {
        let line = format!("once --directory http://127.0.0.1:1/ {option}");
        coyote(&line).script(&script).run().exits(2).tells(&["cannot be used with"]);
    }
}
