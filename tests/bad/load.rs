//! Good chains and malformed requests at the same time.

use serde_json::Value;

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};

/// A CA that answers rightly when idle may not under load: the embedded one does.
#[test]
fn good_and_bad_chains_do_not_disturb_each_other() {
    let scratch = Scratch::new();
    let mut command = coyote("hammer 20 --duration 10s --expect rfc --summary")
        .arg(scratch.path("summary.json"))
        .script(&own_script("new_cert.rhai"));
    for file in ["any_post", "account", "key_change", "new_order", "finalize", "revoke_cert"] {
        command = command.script(&own_script("bad").join(file).with_extension("rhai"));
    }
    command.run().exits(0);

    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    let chains = summary.0["chains"].as_object().expect("the schema demands an object");
    let count = |chain: &Value| chain["count"].as_u64().unwrap_or_default();
    assert!(chains.get("new-certificate").is_some_and(|chain| count(chain) > 10));
    let bad = chains.iter().filter(|(name, chain)| name.starts_with("bad/") && count(chain) > 0);
    assert!(bad.count() > 100, "of each group nearly every case has run");
    // Asked once a shard, and then left alone.
    let eab = &chains["bad/account/eab-missing"];
    assert_eq!(count(eab), 0);
    assert!(eab["not_offered"].as_u64() <= Some(16), "{eab:#}");
}
