//! Authorizations: which challenge is answered, what is reused, given up, or had before an order.

use crate::fake_ca::{self, answer};
use crate::run::{failure, succeeds};

#[test]
fn the_type_of_challenge_can_be_chosen_in_three_places() {
    for kind in ["http-01", "tls-alpn-01", "dns-01"] {
        let chain = format!(
            r#"acme::set(#{{ challenge: "dns-account-01" }});      // which the option overrules
            let account = acme::account();
            let order = acme::new_order(account, [rand::domain()]);
            acme::authorize(account, order, #{{ challenge: "{kind}" }});
            acme::set(#{{ challenge: "{kind}" }});
            acme::authorize(account, acme::new_order(account, [rand::domain()]));"#
        );
        // Every other way to answer is closed.
        let closed = match kind {
            "http-01" => "--tls-port off --dns-port off",
            "tls-alpn-01" => "--http-port off --dns-port off",
            _ => "--http-port off --tls-port off",
        };
        succeeds(closed, &chain);
        succeeds(
            &format!("{closed} -e CHALLENGE={kind}"),
            "acme::authorize(acme::account(), acme::new_order(acme::account(), [rand::domain()]));",
        );
    }
}

#[test]
fn the_dns_challenges_of_drafts_are_answered() {
    let account = "--dns-account-01 --http-port off --tls-port off -e CHALLENGE=dns-account-01";
    succeeds(account, r#"acme::issue(acme::account(), [rand::domain(), "*." + rand::domain()]);"#);

    // No CA here validates it; the record's form has its test beside the DNS server.
    let authz = r#"{"status":"pending","identifier":{"type":"dns","value":"a.example"},"wildcard":true,
        "challenges":[{"type":"dns-persist-01","url":"BASE/challenge/1","issuer-domain-names":["ca.example"]}]}"#;
    let ca = fake_ca::start("/authz/1", answer(200, authz), 1);
    let persist = format!(
        "--directory {} --http-port off --tls-port off --doh-port off --dns-port 0 -e CHALLENGE=dns-persist-01",
        ca.url("/directory")
    );
    succeeds(&persist, r#"acme::issue(acme::account(), ["a.example"]);"#);
    assert!(ca.requests().iter().any(|request| request.path == "/challenge/1"));
}

#[test]
fn a_type_that_is_not_offered_is_told_with_those_that_are() {
    let told = failure(
        "-e CHALLENGE=dns-account-01",
        r#"acme::authorize(acme::account(), acme::new_order(acme::account(), ["a.example"]));"#,
    );
    assert!(
        told.starts_with("authz: no dns-account-01 challenge is offered for a.example, only ["),
        "{told}"
    );
    assert!(told.contains("\"http-01\""), "{told}");
}

#[test]
fn wildcards_and_addresses_are_proven_by_what_can_prove_them() {
    // http-01 cannot prove the first, dns-01 cannot prove the second.
    succeeds("-e CHALLENGE=http-01", r#"acme::issue(acme::account(), ["*." + rand::domain()]);"#);
    succeeds("-e CHALLENGE=dns-01", r#"acme::issue(acme::account(), ["127.0.0.1"]);"#);
}

#[test]
fn many_names_are_validated_at_once() {
    let output = succeeds(
        "",
        "let names = [];
        for number in 0..20 { names.push(rand::domain()); }
        let account = acme::account();
        acme::authorize(account, acme::new_order(account, names));",
    );
    // All challenges are posted before the first authorization is polled.
    let posts: Vec<&str> =
        output.stdout.lines().filter(|line| line.starts_with("--> POST")).collect();
    let last_challenge =
        posts.iter().rposition(|line| line.contains("chall")).expect("some are posted");
    let polls = posts.len() - last_challenge - 1;
    assert!(
        polls >= 20,
        "each authorization is polled after the last challenge was posted: {posts:#?}"
    );
}

#[test]
fn valid_authorizations_are_passed_over() {
    succeeds(
        "--authz-reuse",
        r#"let account = acme::account();
        let name = rand::domain();
        acme::authorize(account, acme::new_order(account, [name]));
        let again = acme::new_order(account, [name]);
        acme::authorize(account, again, #{ challenge: "http-01" });
        acme::finalize(account, again);"#,
    );
}

#[test]
fn a_name_is_authorized_before_it_is_ordered() {
    succeeds(
        "",
        r#"let account = acme::account();
        let authz = acme::new_authz(account, rand::domain());
        check::that("pending", authz.status == "pending");
        check::that("valid", acme::authorize_one(account, authz.url, #{ challenge: "http-01" }).status == "valid");
        check::that("passed over", acme::authorize_one(account, authz.url).status == "valid");"#,
    );
    let told = failure("--no-new-authz", r#"acme::new_authz(acme::account(), "a.example");"#);
    assert!(told.contains("the CA's directory has no newAuthz"), "{told}");
    succeeds(
        "--no-new-authz",
        r#"check::that("told before", !acme::offers("newAuthz"));
        try { acme::new_authz(acme::account(), "a.example"); } catch (err) { check::that("kind", err.kind == "not_offered"); }"#,
    );
}

#[test]
fn what_was_given_up_is_no_longer_answered() {
    let told = failure(
        "",
        r#"let account = acme::account();
        let order = acme::new_order(account, ["a.example"]);
        check::that("given up", acme::deactivate_authz(account, order.authorizations[0]).status == "deactivated");
        acme::authorize(account, order);"#,
    );
    assert!(told.starts_with("authz: it is deactivated already"), "{told}");
}

#[test]
fn a_failed_validation_is_told_with_the_cas_reason() {
    let told = failure(
        "-e CHALLENGE=http-01",
        r#"let name = rand::domain();
        challenge::misbehave(name, #{ http: "wrong_body" });
        acme::issue(acme::account(), [name]);"#,
    );
    assert!(told.starts_with("authz: validation ended invalid: unauthorized: "), "{told}");
}
