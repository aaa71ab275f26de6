//! `coyote ca`, and the CA that a run without `--directory` starts.

use std::fs;
use std::time::Duration;

use crate::common::coyote::coyote;
use crate::common::openssl::{certificates_in, verifies};
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};

#[test]
fn over_https_it_issues_what_openssl_accepts_and_ends_on_sigterm() {
    let (scratch, http_port) = (Scratch::new(), free_port());
    let mut ca = coyote("ca --addr 127.0.0.1:0 --root-cert")
        .arg(scratch.path("root.pem"))
        .words("--alternate-root-cert")
        .arg(scratch.path("alternate.pem"))
        .words("--https-root")
        .arg(scratch.path("https.pem"))
        .words(&format!("--http-port {http_port}"))
        .start();
    let directory = ca.first_line();
    assert!(directory.starts_with("https://127.0.0.1:"), "{directory}");

    let output = coyote("once --directory")
        .arg(&directory)
        .words("--ca-cert")
        .arg(scratch.path("https.pem"))
        .words(&format!("--http-port {http_port}"))
        .words(FREE_PORTS)
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(0);
    let root = fs::read_to_string(scratch.path("root.pem")).expect("--root-cert wrote it");
    verifies(&scratch, &certificates_in(&output.stdout), &root);
    let alternate = fs::read_to_string(scratch.path("alternate.pem")).expect("it was written");
    assert!(alternate.starts_with("-----BEGIN CERTIFICATE-----") && alternate != root);

    let asked = std::time::Instant::now();
    ca.terminate();
    ca.finish().exits(0);
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?} to end", asked.elapsed());
}

#[test]
fn over_plain_http_every_profile_runs_and_ctrl_c_ends_it() {
    let (scratch, http_port) = (Scratch::new(), free_port());
    let line = format!("ca --addr 127.0.0.1:0 --plain --http-port {http_port}");
    let mut ca = coyote(&line).start();
    let directory = ca.first_line();
    assert!(directory.starts_with("http://127.0.0.1:"), "{directory}");
    for profile in ["hammer 10 --duration 1s", "seq 500ms 2 6 3", "aseq 3 7 400ms"] {
        let path = scratch.path("summary.json");
        coyote(profile)
            .words(&format!("--directory {directory} --http-port {http_port}"))
            .words(FREE_PORTS)
            .arg("--summary")
            .arg(&path)
            .script(&own_script("new_authz.rhai"))
            .run()
            .exits(0);
        let summary = scratch.summary("summary.json");
        summary.nothing_failed();
        assert_eq!(summary.0["target"], directory.as_str());
    }
    ca.interrupt();
    ca.finish().exits(0);
}

#[test]
fn in_process_it_speaks_https_when_asked() {
    let script = own_script("new_cert.rhai");
    let output = coyote("once --ca-tls").script(&script).run().exits(0);
    let output = output.shows(&["embedded CA: https://127.0.0.1:", "--> POST https://127.0.0.1:"]);
    assert_eq!(certificates_in(&output.stdout).len(), 2);
}

#[test]
fn in_process_it_has_the_same_switches() {
    let output = coyote("once --finalize-delay 1s --cert-profile day:24h")
        .script(&own_script("new_cert.rhai"))
        .run()
        .exits(0);
    output.shows(&["\"status\": \"processing\"", "retry-after: 1"]);
    let bound =
        || coyote("once --eab-required --eab kid:c2VjcmV0").script(&own_script("new_account.rhai"));
    bound().run().exits(1).shows(&["the CA's directory says externalAccountRequired"]);
    bound().words("-e EAB_KID=kid -e EAB_HMAC_KEY=c2VjcmV0").run().exits(0);
    bound().words("-e EAB_KID=kid -e EAB_HMAC_KEY=b3RoZXI").run().exits(1).shows(&["unauthorized"]);
}

#[test]
fn scripts_that_only_use_http_start_none() {
    let scratch = Scratch::new();
    let script = scratch.write("plain.rhai", "fn chain() { sleep(0.001); }");
    let output = coyote("once").script(&script).run().exits(0);
    assert!(!output.stdout.contains("embedded CA"), "{}", output.stdout);
    assert!(!output.stdout.contains("challenge server"), "{}", output.stdout);
}

#[test]
fn in_process_it_validates_nowhere_but_here() {
    let scratch = Scratch::new();
    let text = "import \"acme\" as acme;
        fn chain() {
            let order = acme::new_order(acme::account(), [rand::domain()]);
            let authz = acme::post(acme::account(), order.authorizations[0], \"\", #{ endpoint: \"authz\" }).json();
            log::info(`offered: ${authz.challenges.map(|c| c.type)}`);
        }";
    let script = scratch.write("offered.rhai", text);
    let offered = |line: &str| coyote("once").words(line).script(&script).run().exits(0);
    offered("--http-port off").tells(&[r#"offered: ["tls-alpn-01", "dns-01"]"#]);
    offered("--tls-port off").tells(&[r#"offered: ["http-01", "dns-01"]"#]);
    offered("--dns-port off").tells(&[r#"offered: ["http-01", "tls-alpn-01"]"#]);
    let none = "once --http-port off --tls-port off --dns-port off";
    let output = coyote(none).script(&script).run().exits(1);
    output.shows(&["no challenge of this CA can prove control of"]);
}
