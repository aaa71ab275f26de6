//! A directory that cannot be used is told before the run, with exit 4.

use std::time::Duration;

use crate::common::coyote::{Coyote, coyote};
use crate::common::output::Output;
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Reply, Server, text};

/// A short run against the directory at `url`.
fn against(url: &str) -> Coyote {
    coyote("hammer 2 --duration 1s --http-port 0 --directory")
        .arg(url)
        .words(FREE_PORTS)
        .script(&own_script("new_authz.rhai"))
}

/// One message on stderr, nothing on stdout, exit 4.
#[track_caller]
fn refused(command: Coyote, told: &[&str]) -> Output {
    let output = command.run().exits(4).tells(told);
    assert_eq!(output.stderr.lines().count(), 1, "one message: {}", output.stderr);
    assert_eq!(output.stdout, "", "nothing ran");
    output
}

#[test]
fn nobody_listens() {
    let url = format!("http://127.0.0.1:{}/dir", free_port());
    refused(against(&url), &[&url, "Connection refused", "is the CA running"]);
}

#[test]
fn its_name_does_not_resolve() {
    refused(against("http://ca.invalid/dir"), &["the name of http://ca.invalid does not resolve"]);
}

#[test]
fn its_certificate_is_not_trusted() {
    let scratch = Scratch::new();
    let mut ca = coyote("ca --addr 127.0.0.1:0").start();
    let url = ca.first_line();
    refused(against(&url), &["no trusted root leads to it", "--ca-cert", "--insecure"]);
    // Another CA's root is no better.
    let other = scratch.path("other.pem");
    let mut other_ca = coyote("ca --addr 127.0.0.1:0 --https-root").arg(&other).start();
    other_ca.first_line();
    refused(against(&url).words("--ca-cert").arg(&other), &["TLS with", "--ca-cert"]);
    against(&url)
        .words("--insecure --iterations 1")
        .script(&scratch.write("x.rhai", "fn chain() {}"))
        .run()
        .exits(0);
}

#[test]
fn the_file_of_roots_is_none() {
    let scratch = Scratch::new();
    let with = |path| against("https://127.0.0.1:1/dir").words("--ca-cert").arg(path);
    refused(with(scratch.path("missing.pem")), &["missing.pem", "--ca-cert takes a PEM file"]);
    let empty = scratch.write("empty.pem", "no certificate");
    refused(with(empty), &["holds no certificate", "--ca-cert takes a PEM file"]);
}

#[test]
fn https_is_spoken_there_and_http_was_asked_for() {
    let mut ca = coyote("ca --addr 127.0.0.1:0").start();
    let url = ca.first_line().replace("https://", "http://");
    refused(against(&url), &["is it https:// instead of http://"]);
}

#[test]
fn it_answers_html() {
    let page = "<html><body>It works!</body></html>";
    let server = Server::start(move |_| Reply::Answer(200, "text/html".to_owned(), page.into()));
    let told =
        ["it is not JSON but begins with `<html><body>It works!", "is this the directory's URL?"];
    refused(against(&server.url("/dir")), &told);
}

#[test]
fn it_answers_nothing() {
    let server = Server::start(|_| text(""));
    refused(against(&server.url("/dir")), &["its answer is empty", "is this the directory's URL?"]);
}

#[test]
fn it_answers_500() {
    let server =
        Server::start(|_| Reply::Answer(500, "text/plain".to_owned(), b"out of disk".to_vec()));
    let told = ["it answered with status 500", "out of disk", "is the CA well"];
    refused(against(&server.url("/dir")), &told);
}

#[test]
fn it_lacks_what_acme_needs() {
    let server = Server::start(|_| text(r#"{"newNonce": "http://127.0.0.1:1/nonce"}"#));
    refused(against(&server.url("/dir")), &["has no URL `newAccount` (RFC 8555 section 7.1.1)"]);
}

#[test]
fn it_closes_connections() {
    let server = Server::start(|_| Reply::Close);
    refused(against(&server.url("/dir")), &["closed the connection", "instead of http://"]);
}

#[test]
fn it_never_answers() {
    let server = Server::start(|_| Reply::Silence);
    let told = ["did not answer within 10000 ms", "accepts connections but does not answer"];
    let output = refused(against(&server.url("/dir")), &told);
    assert!(output.took < Duration::from_secs(15), "it took {:?}", output.took);
}
