//! Certificates: read, verified, revoked, renewed.

use std::fs;
use std::process::Command;

use crate::common::coyote::coyote;
use crate::common::openssl::certificates_in;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::run::{failure, succeeds};

#[test]
fn what_is_read_is_what_openssl_reads_and_leads_to_the_root() {
    let (scratch, http_port) = (Scratch::new(), free_port());
    let mut ca = coyote("ca --plain --addr 127.0.0.1:0 --root-cert")
        .arg(scratch.path("root.pem"))
        .words(&format!("--http-port {http_port}"))
        .start();
    let directory = ca.first_line();
    let script = scratch.write(
        "verify.rhai",
        r#"import "acme" as acme;
        fn chain() {
            let name = rand::domain();
            let issued = acme::issue(acme::account(), [name]);
            let chain = x509::chain(issued.pem);
            let root = file::text("root.pem");
            x509::verify(issued.pem, root, #{ name: name });
            x509::verify(chain, x509::parse(root), #{ at: chain[0].not_after });
            check::that("ours", chain[0].matches(issued.certificate_key) && !chain[1].matches(issued.certificate_key));
            check::that("linked", chain[0].aki == chain[1].ski && chain[0].issuer == chain[1].subject);
            check::that("roles", chain[1].is_ca && !chain[0].is_ca);
            let refused = 0;
            for wrong in [#{ name: "other.example" }, #{ at: chain[0].not_after + 1 }, #{ at: chain[0].not_before - 1 }] {
                try { x509::verify(chain, root, wrong); } catch (err) { refused += if err.kind == "certificate" { 1 } else { 0 }; }
            }
            try { x509::verify(chain[0], root); } catch { refused += 1; }      // without its issuer
            check::that("what is wrong is refused", refused == 4);
            log::info(`serial=${chain[0].serial} fingerprint=${chain[0].fingerprint}`);
        }"#,
    );
    let output = coyote("once --directory")
        .arg(&directory)
        .words(&format!("--http-port {http_port}"))
        .script(&script)
        .run()
        .exits(0);
    assert!(!output.stdout.contains("check failed"), "{}", output.stdout);
    let leaf = scratch.write("leaf.pem", &certificates_in(&output.stdout)[0]);
    let openssl = |question: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(["x509", "-noout", "-in"]).arg(&leaf).args(question);
        let answer = command.output().expect("openssl is installed (tests/run sees to it)");
        let text = String::from_utf8(answer.stdout).expect("text").to_lowercase().replace(':', "");
        text.split_once('=').expect("NAME=VALUE").1.trim().to_owned()
    };
    let serial = openssl(&["-serial"]);
    let fingerprint = openssl(&["-fingerprint", "-sha256"]);
    let said = output.stdout + &output.stderr;
    assert!(
        said.contains(&format!("serial={serial} fingerprint={fingerprint}")),
        "{serial} {fingerprint}:\n{said}"
    );
    let root = fs::read_to_string(scratch.path("root.pem")).expect("--root-cert wrote it");
    assert!(root.contains("BEGIN CERTIFICATE"));
}

#[test]
fn every_chain_has_the_same_leaf() {
    succeeds(
        "",
        r#"let account = acme::account();
        let chains = acme::certificates(account, acme::issue(account, [rand::domain()]));
        check::that("alternates too", chains.len() > 1);
        for pem in chains { check::that("one leaf", x509::parse(pem) == x509::parse(chains[0])); }
        check::that("other issuers", x509::chain(chains[0])[1] != x509::chain(chains[1])[1]);"#,
    );
}

#[test]
fn certificates_are_for_the_key_or_the_request_that_is_given() {
    succeeds(
        "",
        r#"let account = acme::account();
        let name = rand::domain();
        let key = key::generate("P-384");
        let order = acme::new_order(account, [name]);
        acme::authorize(account, order);
        let leaf = x509::parse(acme::certificate(account, acme::finalize(account, order, #{ key: key })));
        check::that("that key", leaf.matches(key) && leaf.key_kind == "P-384");
        order = acme::new_order(account, [name]);
        acme::authorize(account, order);
        let csr = csr::create(key, #{ names: [name], cn: name });
        leaf = x509::parse(acme::certificate(account, acme::finalize(account, order, #{ csr: csr })));
        check::that("that request", leaf.matches(key));"#,
    );
}

#[test]
fn a_certificate_is_revoked_by_whoever_may() {
    for by in ["account", "key", "other"] {
        succeeds(
            "",
            &format!(
                r#"let account = acme::account();
                let issued = acme::issue(account, [rand::domain()]);
                let leaf = x509::parse(issued.pem);
                switch "{by}" {{
                    "account" => acme::revoke(account, leaf, #{{ reason: 4 }}),
                    "key" => acme::revoke_with_key(issued.pem, issued.certificate_key, #{{ reason: 4 }}),
                    _ => {{
                        let other = acme::register();
                        acme::authorize(other, acme::new_order(other, leaf.names));
                        acme::revoke(other, leaf.der, #{{ reason: 4 }});
                    }}
                }}
                let again = "";
                try {{ acme::revoke(account, leaf); }} catch (err) {{ again = err.message; }}
                check::that("once is enough", again.contains("alreadyRevoked"));
                let list = x509::crl(http::get(leaf.crl_urls[0]).bytes, x509::chain(issued.pem)[1]);
                check::that("listed, with its reason", list.revocation(leaf.serial)?.reason == 4);
                check::that("by its issuer", list.issuer == leaf.issuer && list.count >= 1);"#
            ),
        );
    }
    let told = failure(
        "",
        "acme::revoke(acme::register(), acme::issue(acme::account(), [rand::domain()]).pem);",
    );
    assert!(told.contains("unauthorized"), "{told}");
}

#[test]
fn a_renewal_says_what_it_replaces() {
    succeeds(
        "",
        r#"let account = acme::account();
        let old = x509::parse(acme::issue(account, [rand::domain()]).pem);
        let window = acme::renewal_info(old);
        check::that("ahead", window.start > time::now() && window.start < window.end && window.end <= old.not_after);
        check::that("told when to ask again", window.retry_after_s > 0.0);
        let order = acme::renew(account, old);
        check::that("said", order.replaces == old.ari_id);
        acme::authorize(account, order);
        let renewed = x509::parse(acme::certificate(account, acme::finalize(account, order)));
        check::that("the same names", renewed.names == old.names && renewed != old);
        let twice = "";
        try { acme::renew(account, old); } catch (err) { twice = err.message; }
        check::that("once is enough", twice.contains("alreadyReplaced"));"#,
    );
}

#[test]
fn a_revoked_certificate_is_due_at_once() {
    succeeds(
        "",
        r#"let account = acme::account();
        let leaf = x509::parse(acme::issue(account, [rand::domain()]).pem);
        acme::revoke(account, leaf);
        check::that("due", acme::renewal_info(leaf).start <= time::now());"#,
    );
}
