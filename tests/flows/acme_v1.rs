//! The ACME of 2015: the seeds' chains, and what goes wrong in them.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::run::{failure, succeeds};

#[test]
fn the_seeds_chains_run_against_a_ca_that_is_started_for_them() {
    let scratch = Scratch::new();
    let mut command =
        coyote("hammer 10 --iterations 120 --summary").arg(scratch.path("summary.json"));
    for script in ["new_reg", "new_authz", "new_cert", "revoke_cert"] {
        command = command.script(&own_script(&format!("seeds/acme_v1_{script}.rhai")));
    }
    command.run().exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    for chain in ["new-registration", "new-authorization", "new-certificate", "revoke-certificate"]
    {
        assert!(summary.count(&format!("/chains/acme-v1-{chain}/count")) > 5, "{chain}");
    }
    for endpoint in ["new-reg", "new-authz", "challenge", "authz", "new-cert", "revoke-cert"] {
        assert!(summary.count(&format!("/endpoints/{endpoint}/count")) > 5, "{endpoint}");
    }
}

#[test]
fn both_challenges_prove_a_name() {
    for kind in ["simpleHttps", "dvsni"] {
        succeeds(
            "--http-port off --dns-port off",
            &format!(
                r#"let account = acme_v1::account();
                let authz = acme_v1::new_authz(account, rand::domain());
                check::that("valid", acme_v1::authorize(account, authz, "{kind}").status == "valid");"#
            ),
        );
    }
}

#[test]
fn failures_say_why() {
    let told = failure(
        "",
        r#"let account = acme_v1::account();
        acme_v1::authorize(account, acme_v1::new_authz(account, "a.example"), "dns-01");"#,
    );
    assert!(
        told.contains("no dns-01 challenge is offered, only [\"simpleHttps\", \"dvsni\"]"),
        "{told}"
    );
    let told = failure(
        "",
        r#"let account = acme_v1::account();
        let authz = acme_v1::new_authz(account, "a.example");
        challenge::misbehave("a.example", #{ http: "wrong_body" });
        acme_v1::authorize(account, authz, "simpleHttps");"#,
    );
    assert!(told.starts_with("authz: validation ended invalid: "), "{told}");
    let told =
        failure("", r#"acme_v1::new_cert(acme_v1::account(), ["never.authorized.example"]);"#);
    assert!(told.contains("new-cert") && told.contains("unauthorized"), "{told}");
    let told =
        failure("", "let account = acme_v1::account(); acme_v1::register(#{ key: account.key });");
    assert!(told.contains("POST new-reg: expected status 201, got 409"), "{told}");
}

#[test]
fn a_directory_without_it_is_told() {
    let mut ca = coyote("ca --plain --addr 127.0.0.1:0").start();
    let directory = ca.first_line();
    coyote("once --directory")
        .arg(&directory)
        .script(&own_script("seeds/acme_v1_new_reg.rhai"))
        .run()
        .exits(4)
        .tells(&["it has no URL `new-reg` (the ACME of 2015"]);
}
