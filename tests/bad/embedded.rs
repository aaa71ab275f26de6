//! What the embedded CA answers to every case, against what RFCs say.

use crate::common::coyote::coyote;
use crate::common::ports::free_port;
use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

/// The cases of these files, run once with `options`.
fn run(files: &[&str], options: &str) -> Summary {
    let scratch = Scratch::new();
    let mut command = coyote("once --expect rfc --summary").arg(scratch.path("summary.json"));
    for file in files {
        command = command.script(&own_script("bad").join(file).with_extension("rhai"));
    }
    command.words(options).run();
    scratch.summary("summary.json")
}

/// The names of the cases with this verdict.
fn with_verdict<'a>(summary: &'a Summary, verdict: &str) -> Vec<&'a str> {
    let cases = summary.list("/cases").iter().filter(|case| case["verdict"] == verdict);
    cases.map(|case| case["chain"].as_str().expect("a name")).collect()
}

#[track_caller]
fn none_failed(summary: &Summary) {
    let failed: Vec<_> =
        summary.list("/cases").iter().filter(|case| is_wrong(&case["verdict"])).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
}

#[test]
fn it_answers_as_rfcs_say() {
    let summary = run(
        &[
            "any_post",
            "account",
            "key_change",
            "new_order",
            "challenge",
            "finalize",
            "revoke_cert",
            "renewal_info",
        ],
        "",
    );
    none_failed(&summary);
    // What it can be asked with options has a test of its own below.
    let not_offered = with_verdict(&summary, "not_offered");
    let (bindings, others): (Vec<_>, Vec<_>) =
        not_offered.into_iter().partition(|name| name.starts_with("bad/account/eab-"));
    assert_eq!(bindings.len(), 8);
    assert_eq!(
        others,
        [
            "bad/new-order/forbidden-profile",
            "bad/new-order/blocked",
            "bad/new-order/rate-limited",
            "bad/finalize/order-expired",
            "bad/revoke-cert/certificate-expired",
        ]
    );
}

#[test]
fn it_rejects_wrong_external_account_bindings() {
    let options =
        format!("--eab-required --eab kid-1:{KEY} -e EAB_KID=kid-1 -e EAB_HMAC_KEY={KEY}");
    let summary = run(&["account"], &options);
    none_failed(&summary);
    assert_eq!(with_verdict(&summary, "not_offered"), Vec::<&str>::new());
}

#[test]
fn what_has_expired_or_is_too_much_can_be_asked_with_options() {
    for (file, case, options) in [
        ("finalize", "order-expired", "--order-lifetime 2s -e ORDER_LIFETIME_S=2"),
        ("revoke_cert", "certificate-expired", "--cert-lifetime 2s -e CERT_LIFETIME_S=2"),
        ("new_order", "rate-limited", "--limit new-order:3/1h -e LIMIT=3"),
    ] {
        let summary = run(&[file], &format!("{options} --case {case}"));
        assert_eq!(with_verdict(&summary, "passed").len(), 1, "{:#}", summary.0["cases"]);
    }
}

/// Nobody waits for years because an option is meant for another CA.
#[test]
fn a_certificate_that_stays_valid_is_not_waited_for() {
    let summary = run(&["revoke_cert"], "-e CERT_LIFETIME_S=2 --case certificate-expired");
    assert_eq!(with_verdict(&summary, "error"), ["bad/revoke-cert/certificate-expired"]);
    let told = summary.list("/cases")[0]["error"].as_str().unwrap_or_default();
    assert!(told.starts_with("-e CERT_LIFETIME_S=2.0, but this CA says"), "{told}");
}

/// With a DNS server to ask, that names can be made to fail.
#[test]
fn it_finds_what_is_wrong_with_responses_to_challenges() {
    let dns = free_port();
    let options = format!("--dns-account-01 --dns-port {dns} --dns-server 127.0.0.1:{dns}");
    let summary = run(&["challenge_response"], &options);
    none_failed(&summary);
    let not_offered = with_verdict(&summary, "not_offered");
    let others: Vec<_> =
        not_offered.iter().filter(|name| !name.contains("/dns-persist-")).collect();
    assert_eq!(others, [&"bad/challenge-response/dns-for-an-ip"]);
}

/// The judge is not blind: what Boulder answers is not what the embedded CA does.
#[test]
fn another_answer_than_is_expected_fails() {
    let script = own_script("bad/any_post.rhai");
    let output = coyote("once --expect boulder --case content-type-json").script(&script).run();
    output.exits(1).shows(&[
        "FAILED: expected 400 malformed, got 415 malformed",
        "1 case: 0 passed, 1 failed",
    ]);
}

fn is_wrong(verdict: &serde_json::Value) -> bool {
    verdict == "failed" || verdict == "error"
}
