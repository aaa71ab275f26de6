//! Connections to a database that are protected by TLS.

use std::path::PathBuf;
use std::process::Command;

use crate::asking;
use crate::common::coyote::coyote;
use crate::common::mariadb::{MariaDb, Schema};
use crate::common::output::Output;
use crate::common::scratch::{Scratch, own_script};

/// Makes `name.pem` and its key: a root, or for 127.0.0.1 and below the root of that name.
#[track_caller]
fn certificate(scratch: &Scratch, name: &str, below: Option<&str>) -> PathBuf {
    let path = |name: &str, end: &str| scratch.path(&format!("{name}.{end}"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]);
    openssl.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", &format!("/CN={name}")]);
    openssl.arg("-keyout").arg(path(name, "key")).arg("-out").arg(path(name, "pem"));
    if let Some(root) = below {
        openssl.arg("-CA").arg(path(root, "pem")).arg("-CAkey").arg(path(root, "key"));
        openssl.args(["-addext", "subjectAltName=IP:127.0.0.1"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = openssl.output().expect("openssl is installed (tests/run sees to it)");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    path(name, "pem")
}

/// A server with a certificate below `root.pem` that takes nobody without TLS.
fn server(scratch: &Scratch) -> MariaDb {
    certificate(scratch, "root", None);
    let pem = certificate(scratch, "server", Some("root")).display().to_string();
    let key = scratch.path("server.key").display().to_string();
    let require = "--require-secure-transport=ON".to_owned();
    MariaDb::start_with(&[format!("--ssl-cert={pem}"), format!("--ssl-key={key}"), require])
}

fn ask(scratch: &Scratch, schema: &Schema, parameters: &str) -> Output {
    let script = scratch.write(
        "cipher.rhai",
        "fn chain() {
             let cipher = db::row(\"SHOW STATUS LIKE 'Ssl_cipher'\");
             check::that(\"protected\", cipher.Value != \"\");
         }",
    );
    asking(&(schema.uri() + parameters), "once").script(&script).run()
}

#[test]
fn lookups_are_protected_and_the_server_is_known_by_its_root() {
    let scratch = Scratch::new();
    let server = server(&scratch);
    let schema = server.boulder();
    let root = scratch.path("root.pem").display().to_string();
    let other = certificate(&scratch, "other", None).display().to_string();
    for parameters in ["?tls=skip-verify", "?tls=preferred", &format!("?tls=true&ssl-ca={root}")] {
        ask(&scratch, &schema, parameters).exits(0);
    }
    let missing = scratch.path("missing.pem").display().to_string();
    for (parameters, told) in [
        (String::new(), "some servers want TLS: ?tls=true"),
        ("?tls=true".to_owned(), "UnknownIssuer"),
        (format!("?tls=true&ssl-ca={other}"), "UnknownIssuer"),
    ] {
        let output = ask(&scratch, &schema, &parameters).exits(4);
        let _ = output.tells(&[told, "the database at 127.0.0.1:"]);
    }
    let output = ask(&scratch, &schema, &format!("?tls=true&ssl-ca={missing}")).exits(4);
    let _ = output.tells(&[&format!("ssl-ca={missing} cannot be read: No such file")]);
    // The roots of the CA's own HTTPS count as well.
    let script = scratch.path("cipher.rhai");
    let run = asking(&(schema.uri() + "?tls=true"), "once --ca-cert").arg(&root).script(&script);
    run.run().exits(0);
}

#[test]
fn the_embedded_ca_keeps_its_rows_behind_tls() {
    let scratch = Scratch::new();
    let server = server(&scratch);
    let schema = server.boulder();
    let root = scratch.path("root.pem").display().to_string();
    let uri = format!("{}?tls=true&ssl-ca={root}", schema.uri());
    let run = coyote("hammer 2 --iterations 4 --audit --store-mysql").arg(uri);
    run.script(&own_script("new_cert.rhai")).run().exits(0);
    assert_eq!(schema.sql("SELECT COUNT(*) FROM certificates"), "4\n");
    let run = coyote("ca --plain --addr 127.0.0.1:0 --store-mysql").arg(schema.uri() + "?tls=true");
    run.run().exits(4).tells(&["UnknownIssuer"]);
}
