//! `coyote challenge-server`.

use std::collections::HashMap;

use crate::common::coyote::{Running, coyote};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::dns::{dig_at, short};
use crate::fetch::run;

const KINDS: [&str; 5] = ["HTTP-01", "TLS-ALPN-01", "DNS", "DNS over HTTPS", "management"];
/// One of each kind, wherever it is free.
pub(crate) const FREE_PORTS: &str =
    "--http-port 0 --tls-port 0 --dns-port 0 --doh-port 0 --management-port 0";

/// A challenge server that runs alone.
pub(crate) struct Alone {
    ports: HashMap<String, u16>,
    pub(crate) running: Running,
}

impl Alone {
    /// Starts one with these options besides its ports.
    pub(crate) fn start(options: &str) -> Self {
        let line = format!("challenge-server {FREE_PORTS} {options}");
        let mut running = coyote(&line).start();
        let ports = running.first_lines(KINDS.len()).into_iter().map(|line| {
            let (kind, addr) = line.split_once(": ").expect("a kind and an address");
            let port = addr.strip_prefix("127.0.0.1:").expect("loopback unless told otherwise");
            (kind.to_owned(), port.parse().expect("a port"))
        });
        Self { ports: ports.collect(), running }
    }

    pub(crate) fn port(&self, kind: &str) -> u16 {
        self.ports[kind]
    }
}

#[test]
fn it_says_what_listens_where_and_ends_on_sigterm() {
    let alone = Alone::start("");
    for kind in KINDS {
        assert_ne!(alone.port(kind), 0, "{kind}");
    }
    assert_eq!(short(alone.port("DNS"), "a.example A"), ["127.0.0.1"]);
    alone.running.terminate();
    alone.running.finish().exits(0);
}

#[test]
fn every_kind_takes_a_list_of_ports() {
    let lists = "--http-port 0,0,0 --tls-port 0,0,0 --dns-port 0,0 --doh-port 0,0";
    let mut running = coyote(&format!("challenge-server {lists}")).start();
    let lines = running.first_lines(KINDS.len());
    let counts: Vec<usize> = lines.iter().map(|line| line.matches("127.0.0.1:").count()).collect();
    assert_eq!(counts, [3, 3, 2, 2, 1], "{lines:?}");
    let dns = lines[2].rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert_eq!(short(dns, "a.example A"), ["127.0.0.1"]);
}

#[test]
fn addresses_are_those_of_answer_addr() {
    let alone = Alone::start("--answer-addr 2001:db8::1");
    assert_eq!(short(alone.port("DNS"), "a.example AAAA"), ["2001:db8::1"]);
    assert!(short(alone.port("DNS"), "a.example A").is_empty());
}

#[test]
fn on_a_wildcard_every_address_is_answered_from_itself() {
    for (wildcard, addrs) in [("0.0.0.0", vec!["127.0.0.2"]), ("::", vec!["127.0.0.2", "::1"])] {
        let port = free_port();
        let ports = FREE_PORTS.replace("--dns-port 0", &format!("--dns-port {port}"));
        let mut running =
            coyote(&format!("challenge-server {ports} --challenge-addr {wildcard}")).start();
        running.first_lines(KINDS.len());
        for addr in addrs {
            let said = dig_at(addr, port, "+notcp a.example TXT");
            assert!(said.contains("status: NOERROR"), "{addr} at {wildcard}: {said}");
        }
    }
}

#[test]
fn a_taken_port_is_named_with_its_option() {
    let alone = Alone::start("");
    for (kind, option) in KINDS.into_iter().zip([
        "--http-port",
        "--tls-port",
        "--dns-port",
        "--doh-port",
        "--management-port",
    ]) {
        let port = alone.port(kind);
        let free = FREE_PORTS.replace(&format!("{option} 0"), &format!("{option} {port}"));
        let message = format!("cannot listen on 127.0.0.1:{port}: Address already in use");
        let addr_option = match kind {
            "management" => "--management-addr",
            _ => "--challenge-addr",
        };
        let advice =
            format!("choose a free port with `{option}` or another address with `{addr_option}`");
        coyote(&format!("challenge-server {free}")).run().exits(4).tells(&[&message, &advice]);
    }
}

#[test]
fn dns_over_https_shows_the_certificate_it_is_given() {
    let scratch = Scratch::new();
    let (cert, key) = (scratch.path("doh.pem"), scratch.path("doh.key"));
    let line = format!(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=doh \
         -addext subjectAltName=IP:127.0.0.1 -keyout {} -out {}",
        key.display(),
        cert.display()
    );
    assert!(run("openssl", &line).0, "openssl made no certificate");
    let identity = format!("--doh-cert {} --doh-key {}", cert.display(), key.display());
    let alone = Alone::start(&identity);
    for version in ["--http1.1", "--http2"] {
        let line = format!(
            "-sS --fail --max-time 10 {version} --cacert {} -o {} -w %{{http_version}} \
             https://127.0.0.1:{}/dns-query?dns=AAABAAABAAAAAAAAAWEHZXhhbXBsZQAAAQAB",
            cert.display(),
            scratch.path("answer").display(),
            alone.port("DNS over HTTPS")
        );
        let (succeeded, said) = run("curl", &line);
        assert!(succeeded, "{version}");
        let wanted: &[u8] = if version == "--http2" { b"2" } else { b"1.1" };
        assert_eq!(said, wanted);
        let answer = std::fs::read(scratch.path("answer")).expect("curl wrote it");
        assert_eq!(answer[answer.len() - 4..], [127, 0, 0, 1], "{version}");
    }
    let swapped = format!("--doh-cert {} --doh-key {}", key.display(), cert.display());
    coyote(&format!("challenge-server {FREE_PORTS} {swapped}"))
        .run()
        .exits(4)
        .tells(&["cannot serve DNS over HTTPS: cannot read a key from ", "see `--doh-cert`"]);
    coyote(&format!("challenge-server {FREE_PORTS} --doh-cert x.pem")).run().exits(2);
}

#[test]
fn with_every_port_off_there_is_nothing_to_do() {
    coyote(&format!("challenge-server {}", FREE_PORTS.replace(" 0", " off")))
        .run()
        .exits(2)
        .tells(&["every port is off"]);
}
