//! The whole folder of scripts on an empty CA: the mix follows the data.

use crate::common::coyote::coyote;
use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;

/// When each chain could run first.
fn eligible(summary: &Summary, chain: &str) -> f64 {
    summary.number(&format!("/chains/{chain}/eligible_after_s"))
}

/// Every chain that a user copies.
#[test]
fn an_empty_ca_goes_from_registrations_to_revocations_by_itself() {
    let scratch = Scratch::new();
    let line = "hammer 10 --duration 14s --stop-timeout 20s --summary";
    let run = coyote(line).arg(scratch.path("s.json")).script(&own_script(""));
    let output = run.within(std::time::Duration::from_secs(120)).run().exits(0);
    let summary = scratch.summary("s.json");
    let by_stage: [&[&str]; 4] = [
        &["new-account"],
        &[
            "new-authorization",
            "deactivate-authorization",
            "key-change",
            "update-account",
            "deactivate-account",
        ],
        &[
            "new-certificate",
            "many-names",
            "profile",
            "wildcard",
            "ip-certificate",
            "pre-authorization",
        ],
        &["renew-certificate", "revoke-certificate", "renewal-information", "alternate-chains"],
    ];
    let moments = by_stage.map(|chains| {
        let moments = chains.iter().map(|chain| eligible(&summary, chain));
        let moments: Vec<f64> = moments.collect();
        moments
            .iter()
            .copied()
            .fold((f64::MAX, 0.0_f64), |(min, max), one| (min.min(one), max.max(one)))
    });
    assert_eq!(moments[0], (0.0, 0.0));
    for (earlier, later) in moments.iter().zip(&moments[1..]) {
        // Each is asked at most once a second, so a stage is seen within that of another.
        assert!(earlier.0 < later.0, "{moments:?}\n{}", output.stdout);
    }
    for chain in by_stage.concat() {
        let ran = summary.count(&format!("/chains/{chain}/count"));
        assert!(ran > 0, "{chain}\n{}", output.stdout);
    }
    summary.nothing_failed();
    assert!(!output.stdout.contains(" never"), "{}", output.stdout);
    output.shows(&["ready: ", "renew-certificate after "]);
}

/// 200 attackers renew and revoke the same few certificates: each is worked on by one at a time, and by
/// none after it was revoked or replaced. Where scripts pick without a claim they run into each other.
#[test]
fn no_certificate_is_worked_on_twice_at_once() {
    let scratch = Scratch::new();
    let work = r#"
        import "acme" as acme;
        fn options() { #{ name: "NAME", weight: WEIGHT, fail_pause_ms: 10 } }
        fn pick() {
            if env::get("CLAIMS", "on") == "on" { return acme::claim_certificate(); }
            let serial = state::random("certificates");
            let kept = if serial == () { () } else { state::get("acme.certificate/" + serial) };
            if kept == () { return acme::claim_certificate(); }
            let account = state::get("acme.account/" + kept.account);
            #{ pem: kept.pem, certificate_key: key::from_pem(kept.key), account: #{ url: account.url, key: key::from_pem(account.key) } }
        }
        fn chain() {
            let held = pick();
            let serial = x509::parse(held.pem).serial;
            let mine = `${attacker::id()}/${attacker::chain_number()}`;
            check::that("nobody else works on it", state::get("busy " + serial) == ());
            state::set("busy " + serial, mine);
            sleep(0.005);
            WORK
            check::that("nobody else worked on it", state::get("busy " + serial) == mine);
            state::remove("busy " + serial);
        }
    "#;
    let script = |name: &str, weight: u32, work_on: &str| {
        let text = work.replace("NAME", name).replace("WEIGHT", &weight.to_string());
        scratch.write(&format!("{name}.rhai"), &text.replace("WORK", work_on))
    };
    let renew = script(
        "renew",
        2,
        "let order = acme::renew(held.account, held.pem); acme::authorize(held.account, order); \
         acme::certificate(held.account, acme::finalize(held.account, order));",
    );
    let revoke = script("revoke", 1, "acme::revoke(held.account, held.pem);");
    let look = script("look", 3, "sleep(0.01);");
    let run = |claims: &str| {
        let line = format!("hammer 200 --shards 2 --iterations 1500 -e CLAIMS={claims} --summary");
        let run = coyote(&line).arg(scratch.path("s.json"));
        let run = run.within(std::time::Duration::from_secs(180));
        run.script(&renew).script(&revoke).script(&look).run().exits(0);
        scratch.summary("s.json")
    };
    let summary = run("on");
    summary.nothing_failed();
    for chain in ["renew", "revoke", "look"] {
        assert!(summary.count(&format!("/chains/{chain}/count")) > 100, "{chain}");
    }
    let without = run("off");
    assert!(!without.failed_checks().is_empty());
}
