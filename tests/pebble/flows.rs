//! Every flow that Pebble implements, each alone so that a failure names it.

use crate::common::scratch::{Scratch, own_script};
use crate::pebble::{Pebble, eab, pebble, strict};

/// All but pre-authorization, profiles and renewal information, which fall back on what every CA has.
const SCRIPTS: [&str; 16] = [
    "alternate_chains.rhai",
    "ari.rhai",
    "deactivate.rhai",
    "deactivate_authz.rhai",
    "ip_cert.rhai",
    "key_change.rhai",
    "many_names.rhai",
    "new_account.rhai",
    "new_authz.rhai",
    "new_cert.rhai",
    "pre_authorization.rhai",
    "profile.rhai",
    "renew_cert.rhai",
    "revoke_cert.rhai",
    "update_account.rhai",
    "wildcard.rhai",
];

/// Each script by a few attackers, several times: what they keep from chain to chain is used again.
fn each_runs(pebble: &Pebble, options: &str) {
    for script in SCRIPTS {
        let scratch = Scratch::new();
        let path = scratch.path("summary.json");
        pebble
            .coyote()
            .words(&format!("hammer 4 --iterations 16 {options} --summary"))
            .arg(&path)
            .script(&own_script(script))
            .run()
            .exits(0);
        scratch.summary("summary.json").nothing_failed();
    }
}

#[test]
fn each_flow_runs() {
    each_runs(&pebble(), "");
}

#[test]
fn each_flow_runs_against_a_strict_one() {
    each_runs(&strict(), "");
}

#[test]
fn accounts_are_bound_where_it_wants_them_bound() {
    const KEY: &str = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let pebble = eab();
    each_runs(&pebble, &format!("-e EAB_KID=kid-1 -e EAB_HMAC_KEY={KEY}"));
    let unbound = pebble.coyote().words("once").script(&own_script("new_account.rhai")).run();
    unbound.exits(1).shows(&["the CA's directory says externalAccountRequired; give -e EAB_KID="]);
    let wrong = format!("once -e EAB_KID=kid-2 -e EAB_HMAC_KEY={KEY}");
    let wrong = pebble.coyote().words(&wrong).script(&own_script("new_account.rhai")).run();
    wrong
        .exits(1)
        .shows(&["new-account: FAILED: POST new-account: expected status 200 or 201, got 4"]);
}

#[test]
fn what_the_scripts_leave_out_runs_too() {
    let (scratch, pebble) = (Scratch::new(), pebble());
    let root = pebble.certificate("/roots/0");
    scratch.write("root.pem", &root);
    let script = scratch.write(
        "flows.rhai",
        r#"import "acme" as acme;
        fn chain() {
            let account = acme::register();
            let name = rand::domain();
            let issued = acme::issue(account, [name]);
            x509::verify(issued.pem, file::text("root.pem"), #{ name: name });
            check::that("its own key", x509::parse(issued.pem).matches(issued.certificate_key));
            for number in 0..4 { acme::new_order(account, [rand::domain()]); }
            check::that("listed over several pages", acme::orders(account).len() == 5);
            let told = "";
            try { acme::new_authz(account, name); } catch (err) { told = err.kind; }
            check::that("not offered", told == "not_offered");
            acme::revoke(account, issued.pem);
            try { acme::revoke_with_key(issued.pem, issued.certificate_key); } catch (err) { told = err.message; }
            check::that("revoked", told.contains("alreadyRevoked"));
        }"#,
    );
    let output = pebble.coyote().words("once").script(&script).run().exits(0);
    assert!(!output.stdout.contains("check failed"), "{}", output.stdout);
}
