//! Every flow that Pebble implements, each alone so that a failure names it.

use std::fs;
use std::path::PathBuf;

use crate::common::scratch::{Scratch, own_script};
use crate::pebble::{Pebble, eab, pebble, strict};

/// Each script by a few attackers, several times: what they keep from chain to chain is used again.
/// Those for what Pebble lacks fall back on what every CA has.
fn each_runs(pebble: &Pebble, options: &str) {
    let folder = fs::read_dir(own_script("")).expect("the scripts are there");
    let files = folder.map(|entry| entry.expect("it can be read").path());
    let scripts: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    assert!(scripts.len() >= 16, "{scripts:?}");
    for script in scripts {
        let scratch = Scratch::new();
        let path = scratch.path("summary.json");
        pebble
            .coyote()
            .words(&format!("hammer 4 --iterations 16 {options} --summary"))
            .arg(&path)
            .script(&script)
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
