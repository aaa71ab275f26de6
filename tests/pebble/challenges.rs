//! Each kind of challenge, with no other kind of answer to be had.

use crate::common::scratch::{Scratch, own_script};
use crate::pebble::{Pebble, pebble, strict};

fn issues_by_each_challenge(pebble: &Pebble) {
    for (challenge, http, tls) in
        [("http-01", true, false), ("tls-alpn-01", false, true), ("dns-01", false, false)]
    {
        let scratch = Scratch::new();
        let path = scratch.path("summary.json");
        pebble
            .coyote_answering(http, tls)
            .words(&format!("hammer 10 --iterations 60 -e CHALLENGE={challenge} --summary"))
            .arg(&path)
            .script(&own_script("new_cert.rhai"))
            .run()
            .exits(0);
        let summary = scratch.summary("summary.json");
        summary.nothing_failed();
        assert_eq!(summary.count("/chains/new-certificate/count"), 60, "{challenge}");
    }
}

#[test]
fn each_proves_names_to_pebble() {
    issues_by_each_challenge(&pebble());
}

#[test]
fn each_proves_names_to_a_strict_pebble() {
    issues_by_each_challenge(&strict());
}
