//! All scripts at once.

use crate::common::scratch::{Scratch, own_script};
use crate::pebble::mixed;

/// Pebble can deadlock for good even on one core (README, "Against your CA"): from then on, requests
/// that need its locks get no answer. That it causes itself; anything else would be coyote's fault.
#[test]
fn nothing_fails_but_what_pebble_no_longer_answers() {
    let (scratch, pebble) = (Scratch::new(), mixed());
    let path = scratch.path("summary.json");
    pebble
        .coyote()
        .words("hammer 50 --duration 30s --stop-timeout 5s --summary")
        .arg(&path)
        .script(&own_script(""))
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    for error in summary.list("/errors") {
        let message = error["message"].as_str().expect("the schema demands text");
        assert!(message.contains("did not answer within"), "{error:#}");
    }
    assert_eq!(summary.count("/totals/checks/failed"), 0);
    for (name, chain) in summary.0["chains"].as_object().expect("the schema demands an object") {
        assert!(chain["count"].as_u64() > Some(3), "{name}: {chain:#}");
    }
}
