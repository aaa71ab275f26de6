//! The scripts as they are, with every profile: no chain and no request may fail.

use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;
use crate::pebble::pebble;

/// Runs `scripts` under `profile` and returns the summary, in which nothing failed.
fn run(scripts: &[&str], profile: &str) -> Summary {
    let (scratch, pebble) = (Scratch::new(), pebble());
    let mut command = pebble.coyote().words("--summary").arg(scratch.path("summary.json"));
    for script in scripts {
        command = command.script(&own_script(script));
    }
    command.words(profile).run().exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    summary
}

#[test]
fn hammer() {
    let summary = run(&["new_authz.rhai"], "hammer 20 --duration 5s");
    assert!(summary.count("/chains/new-authorization/count") > 50);
    // Attackers register once, whatever they do afterwards; a rejected nonce is tried again.
    assert!(summary.count("/endpoints/new-account/count") < 40);
    assert!(summary.count("/metrics/acme_bad_nonce/count") > 0, "Pebble rejected no nonce");
}

#[test]
fn seq() {
    let summary = run(&["new_cert.rhai"], "seq 2s 2 8 4");
    assert_eq!(summary.list("/stages").len(), 3);
    for stage in 0..3 {
        assert!(summary.count(&format!("/stages/{stage}/chains/new-certificate/count")) > 0);
    }
    assert!(summary.count("/metrics/acme_bad_nonce/count") > 0, "Pebble rejected no nonce");
}

#[test]
fn aseq_with_every_script() {
    let summary = run(&["new_account.rhai", "new_authz.rhai", "new_cert.rhai"], "aseq 4 10 2s");
    assert_eq!(summary.count("/totals/attackers_max"), 10);
    assert_eq!(summary.list("/stages").len(), 3, "4, 8 and 10 attackers");
    for chain in ["new-account", "new-authorization", "new-certificate"] {
        assert!(summary.count(&format!("/chains/{chain}/count")) > 0, "{chain}");
    }
    assert!(summary.count("/metrics/acme_bad_nonce/count") > 0, "Pebble rejected no nonce");
}
