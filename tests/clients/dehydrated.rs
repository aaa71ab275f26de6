//! dehydrated: a shell script with curl and openssl.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::common::coyote::Coyote;
use crate::common::ports::free_port;
use crate::fixture::{Answers, Ca, ChallengeServer};

/// dehydrated with a folder of its own; `further` are lines of its configuration.
fn dehydrated(ca: &Ca, answers: &Path, further: &str) -> Coyote {
    let config = format!(
        "CA={}\nBASEDIR={}\nWELLKNOWN={}\nCURL_OPTS='--cacert {}'\n{further}\n",
        ca.directory,
        ca.scratch.folder().display(),
        answers.display(),
        ca.scratch.path("https.pem").display()
    );
    ca.client("dehydrated").words("--config").arg(ca.scratch.write("config", &config))
}

#[test]
fn gets_a_certificate_by_http_01_and_revokes_it() {
    let answers = Answers::serve();
    let ca = Ca::start_at(answers.port(), "");
    let dehydrated = |line: &str| dehydrated(&ca, answers.folder(), "").words(line).run().exits(0);
    dehydrated("--register --accept-terms");
    dehydrated("--cron --domain shell.example.com --domain www.shell.example.com");
    let certificate = ca.scratch.path("certs/shell.example.com/cert.pem");
    ca.vouches_for(&certificate.with_file_name("fullchain.pem"));
    dehydrated(&format!("--revoke {}", certificate.display()));
}

/// Tells coyote's challenge server what dehydrated has to prove, in pebble-challtestsrv's words.
const HOOK: &str = r#"#!/bin/sh
tell() { curl --silent --fail --max-time 10 --data "$2" "$MANAGEMENT/$1"; }
case "$1 $CHALLENGE" in
"deploy_challenge http-01") tell add-http01 "{\"token\":\"$3\",\"content\":\"$4\"}" ;;
"deploy_challenge dns-01") tell set-txt "{\"host\":\"_acme-challenge.$2.\",\"value\":\"$4\"}" ;;
"clean_challenge http-01") tell del-http01 "{\"token\":\"$3\"}" ;;
"clean_challenge dns-01") tell clear-txt "{\"host\":\"_acme-challenge.$2.\"}" ;;
esac
"#;

#[test]
fn challenge_server_answers_for_it_over_http_and_dns() {
    let server = ChallengeServer::start();
    let ca = server.ca();
    let hook = executable(ca.scratch.write("hook", HOOK));
    for (challenge, names) in [
        ("http-01", "--domain hook.example.com"),
        ("dns-01", "--domain *.hook.example.com --domain hook.example.com --alias star"),
    ] {
        let settings = format!(
            "CHALLENGETYPE={challenge}\nHOOK={}\nexport CHALLENGE={challenge} MANAGEMENT={}",
            hook.display(),
            server.management
        );
        let dehydrated =
            |line: &str| dehydrated(&ca, ca.scratch.folder(), &settings).words(line).run().exits(0);
        dehydrated("--register --accept-terms");
        dehydrated(&format!("--cron {names}"));
    }
    ca.vouches_for(&ca.scratch.path("certs/hook.example.com/fullchain.pem"));
    ca.vouches_for(&ca.scratch.path("certs/star/fullchain.pem"));
}

/// Serves the certificate that dehydrated made for a name, as its documentation has an nginx do.
const TLS_HOOK: &str = r#"#!/bin/sh
case "$1" in
deploy_challenge)
    openssl s_server -accept "127.0.0.1:$TLS_PORT" -alpn acme-tls/1 -quiet \
        -cert "$BASEDIR/alpn-certs/$2.crt.pem" -key "$BASEDIR/alpn-certs/$2.key.pem" >/dev/null 2>&1 &
    echo $! >"$BASEDIR/s_server.pid"
    until openssl s_client -connect "127.0.0.1:$TLS_PORT" -alpn acme-tls/1 </dev/null >/dev/null 2>&1; do
        sleep 0.1
    done ;;
clean_challenge) kill "$(cat "$BASEDIR/s_server.pid")" ;;
esac
"#;

#[test]
fn its_tls_alpn_01_certificate_proves_the_name() {
    let tls_port = free_port();
    let ca = Ca::start(&format!("--tls-port {tls_port}"));
    let hook = executable(ca.scratch.write("hook", TLS_HOOK));
    let settings = format!(
        "CHALLENGETYPE=tls-alpn-01\nHOOK={}\nexport TLS_PORT={tls_port} BASEDIR",
        hook.display()
    );
    let dehydrated =
        |line: &str| dehydrated(&ca, ca.scratch.folder(), &settings).words(line).run().exits(0);
    dehydrated("--register --accept-terms");
    dehydrated("--cron --domain alpn.example.com");
    ca.vouches_for(&ca.scratch.path("certs/alpn.example.com/fullchain.pem"));
}

/// Lets the file be executed.
fn executable(path: PathBuf) -> PathBuf {
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("it is our file");
    path
}
