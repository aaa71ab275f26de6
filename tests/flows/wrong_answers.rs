//! What a CA answers wrong is told by endpoint and member; what it adds is passed over.

use crate::fake_ca::{Answer, CERTIFICATE, ORDER, answer, options, right, start};
use crate::run::{failure, succeeds};

const ISSUE: &str = r#"acme::issue(acme::account(), ["a.example"]);"#;

/// What issuance fails with when `path` answers so.
#[track_caller]
fn told(path: &'static str, wrong: Answer) -> String {
    let ca = start(path, wrong, usize::MAX);
    failure(&options(&ca), ISSUE)
}

fn authz(status: &str, challenges: &str) -> Answer {
    let identifier = r#"{"type":"dns","value":"a.example"}"#;
    answer(
        200,
        &format!(r#"{{"status":"{status}","identifier":{identifier},"challenges":{challenges}}}"#),
    )
}

#[test]
fn what_is_added_is_passed_over() {
    let ca = start("/none", answer(200, ""), 0);
    let options = options(&ca);
    succeeds(&options, ISSUE);
    // A relative Location is resolved against the resource.
    succeeds(
        &options,
        r#"check::that("absolute", acme::account().url.ends_with("/account/1") && acme::account().url.starts_with("http://"));"#,
    );
}

#[test]
fn members_that_are_missing_or_of_another_type_are_named() {
    let order =
        |from: &str, to: &str| answer(201, &ORDER.replace(from, to)).with("location", "/order/1");
    let cases = [
        (
            "/new-order",
            order("\"authorizations\"", "\"authz\""),
            "new-order: there is no \"authorizations\"",
        ),
        (
            "/new-order",
            order(r#"["BASE/authz/1"]"#, r#""BASE/authz/1""#),
            "new-order: \"authorizations\" is no array but a string",
        ),
        (
            "/new-order",
            order(r#"["BASE/authz/1"]"#, "[5]"),
            "new-order: \"authorizations\" holds a number where an absolute URL should be",
        ),
        ("/new-order", order("\"pending\"", "null"), "new-order: \"status\" is no string but null"),
        ("/authz/1", answer(200, r#"{"status":"pending"}"#), "authz: there is no \"identifier\""),
        ("/authz/1", authz("pending", "{}"), "authz: \"challenges\" is no array but an object"),
        (
            "/authz/1",
            authz("pending", r#"[{"type":"http-01","url":"BASE/c"}]"#),
            "authz: there is no \"token\"",
        ),
        (
            "/authz/1",
            authz("pending", r#"[{"type":"http-01","token":"t","url":7}]"#),
            "authz: \"url\" is no absolute URL but a number",
        ),
        (
            "/authz/1",
            answer(
                200,
                r#"{"status":"pending","identifier":{"name":"a"},
                    "challenges":[{"type":"dns-01","token":"t","url":"BASE/c"}]}"#,
            ),
            "authz: there is no \"value\"",
        ),
        (
            "/authz/1",
            authz("pending", r#"[{"type":"tls-alpn-01","token":5,"url":"BASE/c"}]"#),
            "authz: \"token\" is no string but a number",
        ),
        ("/new-order", order("\"dns\"", "5"), "new-order: \"type\" is no string but a number"),
        ("/finalize/1", answer(200, r#"{"state":"valid"}"#), "finalize: there is no \"status\""),
        (
            "/finalize/1",
            answer(200, r#"{"status":"valid"}"#),
            "finalize: there is no \"certificate\"",
        ),
        (
            "/finalize/1",
            answer(200, r#"{"status":"valid","certificate":5}"#),
            "finalize: \"certificate\" is no absolute URL but a number",
        ),
        (
            "/new-order",
            order("BASE/authz/1", "/authz/1"),
            "new-order: \"authorizations\" holds `/authz/1` where an absolute URL should be",
        ),
        (
            "/new-order",
            order("BASE/finalize/1", "ftp://ca/finalize"),
            "new-order: \"finalize\" is no absolute URL but `ftp://ca/finalize`",
        ),
        (
            "/authz/1",
            authz("pending", r#"[{"type":"http-01","token":"t","url":"nourl"}]"#),
            "authz: \"url\" is no absolute URL but `nourl`",
        ),
        (
            "/new-account",
            answer(201, r#"{"status":5}"#).with("location", "/account/1"),
            "new-account: \"status\" is no string but a number",
        ),
    ];
    for (path, wrong, want) in cases {
        let told = told(path, wrong);
        assert!(told.starts_with(want), "{path}: {told}");
    }
}

#[test]
fn a_persistent_challenge_without_issuers_is_told() {
    let challenge = r#"[{"type":"dns-persist-01","url":"BASE/c","issuer-domain-names":[]}]"#;
    let ca = start("/authz/1", authz("pending", challenge), usize::MAX);
    let told = failure(&format!("{} -e CHALLENGE=dns-persist-01", options(&ca)), ISSUE);
    assert!(told.starts_with("authz: \"issuer-domain-names\" is empty"), "{told}");
}

#[test]
fn answers_that_are_something_else_are_shown() {
    let cases = [
        (
            "/new-order",
            answer(201, "<html>\n <b>Welcome</b>"),
            "new-order: the answer is no JSON object but `<html> <b>Welcome</b>`",
        ),
        ("/new-order", answer(201, "[]"), "new-order: the answer is no JSON object but array"),
        ("/finalize/1", answer(200, ""), "finalize: the answer is no JSON object but `no body`"),
        (
            "/new-account",
            answer(201, "<html>").with("location", "/account/1"),
            "new-account: the answer is no JSON object but `<html>`",
        ),
        (
            "/new-account",
            answer(201, "").with("location", "/account/1"),
            "new-account: the answer is no JSON object but `no body`",
        ),
        (
            "/certificate/1",
            answer(200, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "certificate: not a certificate",
        ),
        (
            "/certificate/1",
            answer(200, &format!("{CERTIFICATE}-----BEGIN CERTIFICATE-----\n")),
            "certificate: not PEM",
        ),
        (
            "/certificate/1",
            answer(200, "<html>login</html>"),
            "certificate: the answer is no PEM but \"<html>login</html>\"",
        ),
        (
            "/new-order",
            answer(503, "<html>busy</html>"),
            "POST new-order: expected status 201, got 503: <html>busy</html>",
        ),
    ];
    for (path, wrong, want) in cases {
        let told = told(path, wrong);
        assert!(told.starts_with(want), "{path}: {told}");
    }
}

#[test]
fn headers_that_are_missing_are_named() {
    let cases = [
        (
            "/nonce",
            right("/nonce", "").without("replay-nonce"),
            "new-nonce: the answer has no Replay-Nonce header",
        ),
        (
            "/new-account",
            right("/new-account", "").without("location"),
            "new-account: the answer has no Location header",
        ),
        ("/new-order", answer(201, ORDER), "new-order: the answer has no Location header"),
        (
            "/nonce",
            right("/nonce", "").without("replay-nonce").with("replay-nonce", "bad nonce !!"),
            "new-nonce: its Replay-Nonce \"bad nonce !!\" is not base64url",
        ),
        (
            "/new-account",
            right("/new-account", "").without("location").with("location", ""),
            "new-account: its Location header is empty",
        ),
    ];
    for (path, wrong, want) in cases {
        let told = told(path, wrong);
        assert!(told.starts_with(want), "{path}: {told}");
    }
}

#[test]
fn an_order_or_authorization_that_went_wrong_is_told_with_its_reason() {
    let cases = [
        (
            "/authz/1",
            authz(
                "invalid",
                r#"[{"type":"http-01","error":{"type":"urn:x:dns","detail":"no such name"}}]"#,
            ),
            "authz: it is invalid already: urn:x:dns: no such name",
        ),
        ("/authz/1", authz("expired", "[]"), "authz: it is expired already: no reason given"),
        (
            "/authz/1",
            authz("pending", r#"[{"type":"unknown-99"},{"type":"other-1"}]"#),
            "authz: no known challenge is offered for a.example, only [\"unknown-99\", \"other-1\"]",
        ),
        (
            "/finalize/1",
            answer(200, r#"{"status":"invalid","error":{"detail":"caa"}}"#),
            "finalize: the order ended invalid: caa",
        ),
        (
            "/finalize/1",
            answer(200, r#"{"status":"pending"}"#),
            "finalize: the order ended pending: no reason given",
        ),
        (
            "/new-order",
            answer(
                201,
                &ORDER.replace(
                    "\"pending\"",
                    r#""invalid","error":{"type":"urn:ietf:params:acme:error:caa","detail":"no"}"#,
                ),
            ),
            "new-order: the order is invalid already: caa: no",
        ),
        (
            "/new-order",
            answer(201, &ORDER.replace("pending", "odd")),
            "new-order: \"status\" is \"odd\", which is none of an order's",
        ),
        (
            "/new-account",
            answer(200, r#"{"status":"deactivated"}"#).with("location", "http://ca/account/1"),
            "new-account: the account http://ca/account/1 is deactivated",
        ),
        (
            "/new-account",
            answer(
                403,
                r#"{"type":"urn:ietf:params:acme:error:compound","detail":"two","subproblems":[
                    {"type":"urn:ietf:params:acme:error:dns","detail":"none","identifier":{"value":"a.b"}}]}"#,
            ),
            "POST new-account: expected status 200 or 201, got 403: compound: two (a.b: dns: none)",
        ),
    ];
    for (path, wrong, want) in cases {
        let told = told(path, wrong);
        assert!(told.starts_with(want), "{path}: {told}");
    }
}

#[test]
fn the_reason_of_a_failed_validation_may_have_any_form() {
    for (error, want) in [
        (r#""oops""#, "oops"),
        (r#"{"type":5}"#, r#"{"type":5}"#),
        ("null", "no reason given"),
        (r#"{"type":"urn:ietf:params:acme:error:dns","detail":"none"}"#, "dns: none"),
    ] {
        let challenges = format!(r#"["odd",{{"type":"http-01","error":{error}}}]"#);
        let ca = start("/authz/1", authz("invalid", &challenges), 9);
        let chain = format!(
            r#"let account = acme::account();
            let authz = acme::poll(account, "{0}", "authz");
            check::that("odd", authz.status == "invalid");
            acme::authorize_one(account, "{0}");"#,
            ca.url("/authz/1")
        );
        let told = failure(&options(&ca), &chain);
        // A challenge that is no object is told when it is read; the reason is looked for later.
        assert!(told.starts_with("authz: \"challenges\" holds a string where"), "{want}: {told}");
        let ca = start("/authz/1", authz("invalid", &challenges.replace("\"odd\",", "")), 9);
        let told = failure(&options(&ca), ISSUE);
        assert!(told.starts_with(&format!("authz: it is invalid already: {want} (")), "{told}");
    }
}

#[test]
fn an_account_that_was_there_needs_only_a_location() {
    let found = answer(200, "").with("location", "http://ca/account/1");
    let ca = start("/new-account", found, 9);
    succeeds(
        &options(&ca),
        r#"check::that("found", acme::look_up(key::generate()).url == "http://ca/account/1");"#,
    );
}

#[test]
fn the_answer_to_a_challenge_is_read() {
    for (body, want) in [
        ("", "challenge: the answer is no JSON object but `no body`"),
        ("<html>", "challenge: the answer is no JSON object but `<html>`"),
        ("{}", "challenge: there is no \"status\""),
    ] {
        let other = start("/challenge/1", answer(200, body), 9);
        let url = other.url("/challenge/1");
        let challenges = format!(r#"[{{"type":"http-01","token":"t","url":"{url}"}}]"#);
        let ca = start("/authz/1", authz("pending", &challenges), 9);
        let listening = options(&ca).replace("--http-port off", "--http-port 0");
        let told = failure(&listening, ISSUE);
        assert!(told.starts_with(want), "{told}");
    }
}

#[test]
fn nonces_that_may_not_be_are_passed_over() {
    let ca = start(
        "/new-order",
        answer(201, ORDER)
            .without("replay-nonce")
            .with("replay-nonce", "b\u{e4}d")
            .with("location", "http://ca/order/1"),
        9,
    );
    succeeds(&options(&ca), ISSUE);
    // One for the account, and one in place of that which the order brought.
    let asked = ca.requests().iter().filter(|request| request.path == "/nonce").count();
    assert_eq!(asked, 2);
}

#[test]
fn a_renewal_window_without_dates_is_told() {
    let ca =
        start("/ari/id", answer(200, r#"{"suggestedWindow":{"start":"soon","end":"later"}}"#), 9);
    let told = failure(&options(&ca), r#"acme::renewal_info("id");"#);
    assert!(told.starts_with("renewal-info: \"suggestedWindow\" has \"soon\""), "{told}");
}
