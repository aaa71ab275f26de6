//! Every malformed request of `scripts/bad`, and what Pebble answers.

use std::time::Duration;

use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;
use crate::pebble::{Pebble, calm, eab, strict};

/// Responses to challenges that nobody answers take Pebble some 10 s each.
const PATIENCE: Duration = Duration::from_secs(180);

/// Every case once; none may fail. Returns the names of those that Pebble cannot be asked.
fn run(pebble: &Pebble, options: &str) -> Vec<String> {
    let scratch = Scratch::new();
    let output = pebble
        .coyote()
        // All but the random ones: what Pebble makes of those is not known beforehand.
        .words("once --expect pebble --case bad/* --summary")
        .arg(scratch.path("summary.json"))
        .words(options)
        .script(&own_script("bad"))
        .within(PATIENCE)
        .run();
    let summary = scratch.summary("summary.json");
    let failed: Vec<_> =
        summary.list("/cases").iter().filter(|case| is_wrong(&case["verdict"])).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    output.exits(0);
    not_offered(&summary)
}

fn not_offered(summary: &Summary) -> Vec<String> {
    let cases = summary.list("/cases").iter().filter(|case| case["verdict"] == "not_offered");
    cases.map(|case| case["chain"].as_str().expect("a name").to_owned()).collect()
}

/// Whether Pebble 2.4 lacks what this case is about: RFC 9773, profiles, later challenges; or has
/// no setting for it.
fn is_beyond_pebble(name: &str) -> bool {
    let (group, case) = name.trim_start_matches("bad/").split_once('/').expect("a group");
    match group {
        "renewal-info" => true,
        "new-order" => {
            case.starts_with("replace") || case.ends_with("-profile") || case == "rate-limited"
        }
        "finalize" => case == "order-expired",
        "revoke-cert" => case == "certificate-expired",
        "challenge-response" => {
            ["dns-account-", "dns-persist-"].iter().any(|start| case.starts_with(start))
                || case == "dns-for-an-ip"
        }
        _ => false,
    }
}

#[track_caller]
fn only_what_is_beyond_pebble(not_offered: &[String], others: &[&str]) {
    let rest: Vec<_> = not_offered.iter().filter(|name| !is_beyond_pebble(name)).collect();
    let (bindings, rest): (Vec<&str>, Vec<&str>) =
        rest.iter().map(|name| name.as_str()).partition(|name| name.contains("/account/eab-"));
    assert_eq!(rest, others);
    assert!([0, 8].contains(&bindings.len()), "{bindings:?}");
}

#[test]
fn it_answers_each_case_as_expected() {
    let not_offered = run(&calm(), "-e BLOCKED=blocked-domain.example -e CERT_LIFETIME_S=3");
    only_what_is_beyond_pebble(&not_offered, &[]);
    assert!(!not_offered.iter().any(|name| name.ends_with("/certificate-expired")));
}

#[test]
fn strict_it_answers_each_case_as_expected() {
    let not_offered = run(&strict(), "-e BLOCKED=blocked-domain.example");
    only_what_is_beyond_pebble(&not_offered, &[]);
}

#[test]
fn with_external_account_binding_it_answers_each_case_as_expected() {
    let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    let not_offered = run(&eab(), &format!("-e EAB_KID=kid-1 -e EAB_HMAC_KEY={key}"));
    only_what_is_beyond_pebble(&not_offered, &["bad/new-order/blocked"]);
    assert!(!not_offered.iter().any(|name| name.contains("/eab-")), "{not_offered:?}");
}

fn is_wrong(verdict: &serde_json::Value) -> bool {
    verdict == "failed" || verdict == "error"
}
