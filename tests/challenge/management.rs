//! The management interface, beside the server whose paths and bodies it has.

use std::process::Command;

use crate::common::coyote::{Coyote, Running};
use crate::common::ports::free_port;
use crate::dns::{dig, short};
use crate::fetch::run;
use crate::standalone::Alone;

/// A server under test.
struct Side {
    http: u16,
    tls: u16,
    dns: u16,
    management: u16,
    _running: Running,
}

impl Side {
    fn ours() -> Self {
        let alone = Alone::start("");
        Self {
            http: alone.port("HTTP-01"),
            tls: alone.port("TLS-ALPN-01"),
            dns: alone.port("DNS"),
            management: alone.port("management"),
            _running: alone.running,
        }
    }

    fn theirs() -> Self {
        let [http, tls, dns, management] = [(); 4].map(|()| free_port());
        let mut command = Command::new("pebble-challtestsrv");
        command.args(["-defaultIPv6", "", "-https01", ""]);
        for (option, port) in
            [("-http01", http), ("-tlsalpn01", tls), ("-dns01", dns), ("-management", management)]
        {
            command.args([option, &format!("127.0.0.1:{port}")]);
        }
        let running = Coyote::from(command).start();
        let side = Self { http, tls, dns, management, _running: running };
        let line = format!("-s --retry 50 --retry-delay 1 --retry-connrefused {}", side.url("/"));
        assert!(run("curl", &line).0, "pebble-challtestsrv does not start");
        side
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.management)
    }

    /// Status and body of a request.
    fn post(&self, path: &str, body: &str) -> String {
        curl(&["-w", "%{http_code}", "-d", body, &self.url(path)])
    }

    /// Status and body of a request for `path` at the port of HTTP-01.
    fn fetch(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:{}{path}", self.http);
        curl(&["-w", "%{http_code} %{redirect_url}", "-H", "Host: a.example", &url])
    }

    /// Records and response code.
    fn ask(&self, question: &str) -> (Vec<String>, String) {
        let said = dig(self.dns, question);
        let status = said.split_once("status: ").and_then(|(_, rest)| rest.split(',').next());
        (short(self.dns, question), status.unwrap_or_default().to_owned())
    }

    /// The acmeIdentifier of the certificate for `name`, as openssl prints it.
    fn identifier(&self, name: &str) -> Option<String> {
        let to = format!("s_client -connect 127.0.0.1:{} -servername {name}", self.tls);
        let (_, said) = run("openssl", &format!("{to} -alpn acme-tls/1"));
        let der = pem::parse(said).ok()?.into_contents();
        let at = der.windows(2).position(|bytes| bytes == [0x04, 0x22])?;
        Some(hex::encode(der.get(at..at + 36)?))
    }
}

fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-s", "--max-time", "10"]).args(arguments).output();
    let output = output.expect("curl is installed (tests/run sees to it)");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Does the same with both, and fails unless the same comes of it.
fn same<T: PartialEq + std::fmt::Debug>(
    sides: &[Side; 2],
    what: &str,
    step: impl Fn(&Side) -> T,
) -> T {
    let [ours, theirs] = [step(&sides[0]), step(&sides[1])];
    assert_eq!(ours, theirs, "{what}: ours, theirs");
    ours
}

#[test]
fn the_same_requests_have_the_same_effect_as_with_pebble_challtestsrv() {
    let sides = [Side::ours(), Side::theirs()];
    let post = |path: &str, body: &str| same(&sides, path, |side| side.post(path, body));
    let ask = |question: &str| same(&sides, question, |side| side.ask(question));
    let fetch = |path: &str| same(&sides, path, |side| side.fetch(path));

    post("/add-http01", r#"{"token":"tok","content":"tok.print"}"#);
    assert!(fetch("/.well-known/acme-challenge/tok").starts_with("tok.print200"));
    post("/add-redirect", r#"{"path":"/here","targetURL":"https://a.example/there"}"#);
    let redirected = same(&sides, "redirect", |side| {
        side.fetch("/here").rsplit_once("302").map(|(_, to)| to.to_owned())
    });
    assert_eq!(redirected.as_deref(), Some(" https://a.example/there"));

    post("/set-default-ipv4", r#"{"ip":"10.0.0.1"}"#);
    post("/set-default-ipv6", r#"{"ip":"::2"}"#);
    assert_eq!(ask("a.example A").0, ["10.0.0.1"]);
    assert_eq!(ask("a.example AAAA").0, ["::2"]);
    post("/set-default-ipv4", r#"{"ip":""}"#);
    assert!(ask("a.example A").0.is_empty());
    post("/add-a", r#"{"host":"a.example","addresses":["10.0.0.2","10.0.0.3"]}"#);
    post("/add-aaaa", r#"{"host":"a.example","addresses":["::3"]}"#);
    assert_eq!(ask("a.example A").0.len(), 2);
    assert_eq!(ask("a.example AAAA").0, ["::3"]);
    post("/clear-a", r#"{"host":"a.example"}"#);
    post("/clear-aaaa", r#"{"host":"a.example"}"#);
    assert!(ask("a.example A").0.is_empty());
    assert_eq!(ask("a.example AAAA").0, ["::2"]);

    let policies = r#"{"host":"a.example","policies":[{"tag":"issue","value":"ca.example"}]}"#;
    post("/add-caa", policies);
    assert_eq!(ask("a.example CAA").0, [r#"0 issue "ca.example""#]);
    post("/clear-caa", r#"{"host":"a.example"}"#);
    assert!(ask("a.example CAA").0.is_empty());
    post("/set-txt", r#"{"host":"_acme-challenge.a.example.","value":"one"}"#);
    post("/set-txt", r#"{"host":"_acme-challenge.a.example.","value":"two"}"#);
    post(
        "/set-cname",
        r#"{"host":"_acme-challenge.b.example","target":"_acme-challenge.a.example"}"#,
    );
    assert_eq!(ask("_acme-challenge.b.example TXT").0.len(), 3);
    post("/clear-cname", r#"{"host":"_acme-challenge.b.example"}"#);
    post("/clear-txt", r#"{"host":"_acme-challenge.a.example."}"#);
    assert!(ask("_acme-challenge.a.example TXT").0.is_empty());
    post("/set-servfail", r#"{"host":"a.example"}"#);
    assert_eq!(ask("a.example TXT").1, "SERVFAIL");
    post("/clear-servfail", r#"{"host":"a.example"}"#);
    assert_eq!(ask("a.example TXT").1, "NOERROR");

    post("/add-tlsalpn01", r#"{"host":"a.example","content":"tok.print"}"#);
    assert!(same(&sides, "acmeIdentifier", |side| side.identifier("a.example")).is_some());
    post("/del-tlsalpn01", r#"{"host":"a.example"}"#);
    assert!(same(&sides, "acmeIdentifier", |side| side.identifier("a.example")).is_none());

    for (path, body) in
        [("/nowhere", "{}"), ("/clear-request-history", r#"{"host":"a.example","type":"x"}"#)]
    {
        post(path, body);
    }
    for (path, body) in [
        ("/add-http01", ""),
        ("/add-http01", "{"),
        ("/add-http01", r#"{"token":"tok"}"#),
        ("/add-a", r#"{"host":"a.example"}"#),
        ("/set-txt", r#"{"host":1}"#),
        ("/http-request-history", "{}"),
    ] {
        // What they say of it is not the same.
        let status = same(&sides, path, |side| side.post(path, body).split_off_status());
        assert_eq!(status, "400", "{path} {body}");
    }
}

trait SplitStatus {
    fn split_off_status(self) -> String;
}

impl SplitStatus for String {
    fn split_off_status(mut self) -> String {
        self.split_off(self.len() - 3)
    }
}

#[test]
fn names_that_nobody_can_ask_for_are_refused() {
    let ours = Side::ours();
    for (path, rest) in [
        ("/set-txt", r#","value":"x""#),
        ("/add-a", r#","addresses":["127.0.0.1"]"#),
        ("/add-caa", r#","policies":[{"tag":"issue","value":"x"}]"#),
        ("/set-cname", r#","target":"b.example""#),
        ("/set-servfail", ""),
        ("/add-tlsalpn01", r#","content":"x""#),
    ] {
        for host in ["a..b", "ü.example", &"x".repeat(64)] {
            let said = ours.post(path, &format!(r#"{{"host":"{host}"{rest}}}"#));
            assert!(said.ends_with("400") && said.contains("is no domain name"), "{path}: {said}");
        }
        let said = ours.post(path, &format!(r#"{{"host":"_a.example."{rest}}}"#));
        assert_eq!(said, "200", "{path}");
    }
}

#[test]
fn deleted_answers_are_gone_and_redirects_with_them() {
    let ours = Side::ours();
    ours.post("/add-http01", r#"{"token":"tok","content":"one"}"#);
    ours.post("/add-http01", r#"{"token":"tok","content":"two"}"#);
    assert!(ours.fetch("/.well-known/acme-challenge/tok").starts_with("two200"));
    ours.post("/del-http01", r#"{"token":"tok"}"#);
    assert!(ours.fetch("/.well-known/acme-challenge/tok").contains("404"));
    ours.post("/add-redirect", r#"{"path":"/here","targetURL":"https://a.example/there"}"#);
    ours.post("/del-redirect", r#"{"path":"/here"}"#);
    assert!(ours.fetch("/here").contains("404"));
}

#[test]
fn histories_have_the_fields_of_pebble_challtestsrv() {
    let sides = [Side::ours(), Side::theirs()];
    let read = |path: &str, host: &str| {
        same(&sides, path, |side| {
            side.fetch("/x?y=z");
            side.ask("a.example CAA");
            side.identifier("b.example");
            let said = curl(&["-d", &format!(r#"{{"host":"{host}"}}"#), &side.url(path)]);
            let events: serde_json::Value = serde_json::from_str(&said).expect("JSON");
            let mut first = events[0].as_object().expect("an event").clone();
            // Newer versions have it, Debian's does not.
            first.remove("UserAgent");
            first
        })
    };
    assert_eq!(read("/http-request-history", "a.example")["URL"], "/x?y=z");
    assert_eq!(read("/dns-request-history", "a.example")["Question"]["Qtype"], 257);
    assert_eq!(read("/tlsalpn01-request-history", "b.example")["SupportedProtos"][0], "acme-tls/1");
    for (kind, path, host) in [
        ("http", "/http-request-history", "a.example"),
        ("dns", "/dns-request-history", "a.example"),
        ("tlsalpn", "/tlsalpn01-request-history", "b.example"),
    ] {
        let cleared = same(&sides, kind, |side| {
            side.post("/clear-request-history", &format!(r#"{{"host":"{host}","type":"{kind}"}}"#));
            side.post(path, &format!(r#"{{"host":"{host}"}}"#))
        });
        assert_eq!(cleared, "[]200");
    }
}
