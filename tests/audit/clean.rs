//! A CA that loses nothing is not accused.

use std::collections::HashMap;

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::{Store, audited, findings, is_clean};

#[test]
fn every_script_at_once_again_and_again() {
    for store in Store::both() {
        // All three together: how far one comes in its time is up to the machine.
        let mut compared = HashMap::<&str, u64>::new();
        // The second run finds the first one's rows, and chains are cut off in the middle of requests.
        for stop_timeout in ["30s", "0s", "0s"] {
            let line = format!("--audit hammer 20 --duration 4s --stop-timeout {stop_timeout}");
            let summary = audited(store.coyote(&line), "");
            is_clean(&summary);
            for what in ["orders", "authorizations", "certificates", "revocations"] {
                let count = summary.count(&format!("/audit/compared/{what}"));
                *compared.entry(what).or_default() += count;
            }
        }
        assert!(compared.values().all(|count| *count > 0), "{compared:?}");
    }
}

#[test]
fn malformed_requests_do_what_they_may() {
    is_clean(&audited(coyote("--audit hammer 10 --duration 6s"), "bad"));
}

#[test]
fn the_acme_of_2015_is_compared_too() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "v1.rhai",
        "import \"acme_v1\" as acme_v1;
         fn chain() {
             let account = acme_v1::account();
             let name = rand::domain();
             acme_v1::authorize(account, acme_v1::new_authz(account, name), \"simpleHttps\");
             let issued = acme_v1::new_cert(account, [name]);
             acme_v1::revoke(issued.certificate_key, issued.certificate);
         }",
    );
    coyote("--audit once --summary").arg(scratch.path("s.json")).script(&script).run().exits(0);
    let summary = scratch.summary("s.json");
    is_clean(&summary);
    assert_eq!(summary.count("/audit/compared/certificates"), 1);
    assert_eq!(summary.count("/audit/compared/revocations"), 1);
}

#[test]
fn what_came_late_or_was_done_by_another_counts_as_it_ended() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "ends.rhai",
        "import \"acme\" as acme;
         fn chain() {
             let account = acme::register();
             let issued = acme::issue(account, [rand::domain()]);
             let other = acme::register();
             acme::authorize(other, acme::new_order(other, x509::parse(issued.pem).names));
             acme::revoke(other, issued.pem);
             try { acme::revoke(account, issued.pem); }
             catch (err) { check::that(\"it is revoked\", err.message.contains(\"alreadyRevoked\")); }
             account = acme::change_key(account);
             acme::update(account, #{ contact: [] });
             acme::deactivate(account);
             let ready = acme::new_order(other, [rand::domain()]);
             acme::authorize(other, ready);
         }",
    );
    let line = "--audit hammer 3 --iterations 9 --summary";
    let output = coyote(line).arg(scratch.path("s.json")).script(&script).run().exits(0);
    output.shows(&[
        "\nAUDIT\n18 accounts, 27 orders, 27 authorizations, 9 certificates, 9 revocations",
        "\nnothing lost, nothing doubled, nothing contradicting\n",
    ]);
    let summary = scratch.summary("s.json");
    // The second revocation, each time.
    assert_eq!(summary.count("/totals/requests/failed"), 9);
    assert_eq!(summary.count("/totals/chains/failed"), 0);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    is_clean(&summary);
}

#[test]
fn without_an_audit_there_is_none() {
    let scratch = Scratch::new();
    let run = coyote("hammer 1 --iterations 1 --summary").arg(scratch.path("s.json"));
    let output = run.script(&own_script("new_account.rhai")).run().exits(0);
    assert!(!output.stdout.contains("AUDIT"), "{}", output.stdout);
    let summary = scratch.summary("s.json");
    assert!(summary.0["audit"].is_null() && summary.0["metrics"]["audit_lost"].is_null());
}

#[test]
fn one_chain_can_be_audited() {
    let summary = audited(coyote("--audit once"), "new_cert.rhai");
    is_clean(&summary);
    assert_eq!(findings(&summary), [0; 3]);
    assert_eq!(summary.count("/audit/compared/certificates"), 1);
}
