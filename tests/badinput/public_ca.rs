//! Public CAs are refused with exit 2 before anything is sent.

use crate::common::coyote::coyote;
use crate::common::ports::FREE_PORTS;
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Server, text};

/// Below a public CA's domain, but no such host: even a defect here would send nothing.
const PUBLIC: &str = "nosuch.letsencrypt.org";

#[test]
fn as_the_directory() {
    for command in ["once", "hammer 1 --duration 1s", "seq 1s 1 2", "aseq 1 2 1s"] {
        let url = format!("https://{PUBLIC}/directory");
        let output = coyote(command)
            .words("--directory")
            .arg(url)
            .script(&own_script("new_authz.rhai"))
            .run();
        let output =
            output.exits(2).tells(&[PUBLIC, "public CA", "--i-own-this-ca nosuch.letsencrypt.org"]);
        assert_eq!(output.stdout, "", "nothing ran");
    }
}

#[test]
fn whatever_the_spelling() {
    for host in
        ["NOSUCH.LetsEncrypt.ORG", "nosuch.letsencrypt.org.", "nosuch.letsencrypt.org:14000"]
    {
        let url = format!("http://{host}/directory");
        coyote("once --directory").arg(url).script(&own_script("new_authz.rhai")).run().exits(2);
    }
}

#[test]
fn as_what_a_directory_points_at() {
    let directory = format!(
        r#"{{"newNonce": "http://127.0.0.1:1/n", "newAccount": "http://127.0.0.1:1/a",
            "newOrder": "https://{PUBLIC}/order"}}"#
    );
    let server = Server::start(move |_| text(&directory));
    let command = coyote("once --http-port 0 --directory").arg(server.url("/dir"));
    command
        .words(FREE_PORTS)
        .script(&own_script("new_authz.rhai"))
        .run()
        .exits(2)
        .tells(&[PUBLIC, "--i-own-this-ca"]);
}

#[test]
fn as_the_url_of_a_request() {
    let scratch = Scratch::new();
    let chain = format!(
        "fn chain() {{ try {{ http::get(\"https://{PUBLIC}/\"); }} \
         catch (err) {{ check::that(\"refused\", err.kind == \"refused\"); throw err; }} }}"
    );
    let script = scratch.write("get.rhai", &chain);
    let output =
        coyote("once --summary").arg(scratch.path("s.json")).script(&script).run().exits(1);
    assert!(output.stdout.contains("--i-own-this-ca"), "{}", output.stdout);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/checks/refused/passes"), 1);
}

#[test]
fn not_when_it_is_the_users_own() {
    // It does not resolve, so it is set-up that fails now.
    coyote(&format!(
        "once --http-port 0 --directory https://{PUBLIC}/directory --i-own-this-ca {PUBLIC}"
    ))
    .words(FREE_PORTS)
    .script(&own_script("new_authz.rhai"))
    .run()
    .exits(4)
    .tells(&["does not resolve"]);
}
