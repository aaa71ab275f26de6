//! Waiting: as long as the CA asks for, in seconds or until a date, and no longer than allowed.

use std::time::{Duration, SystemTime};

use crate::fake_ca::{AUTHZ, Answer, ORDER, answer, options, start};
use crate::run::{failure, succeeds};

const ISSUE: &str = r#"acme::issue(acme::account(), ["a.example"]);"#;

/// The time in so many seconds, as HTTP has dates: in whole seconds.
fn date_in(seconds: u64) -> String {
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds))
}

fn busy(status: u16, retry_after: impl Into<String>) -> Answer {
    answer(status, "<html>busy</html>").with("retry-after", retry_after)
}

#[test]
fn a_retry_after_is_obeyed_in_either_form() {
    let in_1_s = || "1".to_owned();
    let forms: [(fn() -> String, f64); 3] =
        [(in_1_s, 1.0), (|| date_in(3), 1.0), (|| date_in(0), 0.0)];
    for (again, at_least) in forms {
        let again = again();
        let ca = start("/new-order", busy(503, &again), 1);
        let output = succeeds(&options(&ca), ISSUE);
        assert!(output.took.as_secs_f64() >= at_least, "{again}: {:?}", output.took);
        assert!(output.stdout.contains("acme_retry_after"), "{}", output.stdout);
        assert_eq!(ca.requests().iter().filter(|request| request.path == "/new-order").count(), 2);
    }
}

#[test]
fn a_nonce_that_is_put_off_is_asked_for_again() {
    for status in [429, 503] {
        let ca = start("/nonce", busy(status, "1"), 1);
        let output = succeeds(&options(&ca), ISSUE);
        assert!(output.took.as_secs_f64() >= 1.0, "{:?}", output.took);
        let ca = start("/nonce", busy(status, "3600"), 9);
        let told = failure(&options(&ca), ISSUE);
        let want = format!("new-nonce: status {status}, Retry-After 3600: no body");
        assert!(told.starts_with(&want), "{told}");
    }
    let ca = start("/nonce", answer(503, ""), 9);
    let told = failure(&options(&ca), ISSUE);
    assert!(told.starts_with("HEAD new-nonce: expected status 200 or 204, got 503"), "{told}");
}

#[test]
fn what_would_take_too_long_is_given_up() {
    for again in ["3600".to_owned(), date_in(3600)] {
        let ca = start("/new-order", busy(429, &again), 9);
        let told = failure(&options(&ca), ISSUE);
        assert!(told.starts_with(&format!("new-order: status 429, Retry-After {again}")), "{told}");
    }
    // What cannot be read is no reason to wait.
    let ca = start("/new-order", busy(429, "soon"), 9);
    let told = failure(&options(&ca), ISSUE);
    assert!(told.starts_with("POST new-order: expected status 201, got 429"), "{told}");
}

#[test]
fn orders_are_polled_until_the_certificate_is_there() {
    let ca =
        start("/finalize/1", answer(200, r#"{"status":"processing"}"#).with("retry-after", "1"), 1);
    // The order stays what newOrder said; its own URL is not there in this CA.
    let told = failure(&options(&ca), ISSUE);
    assert!(told.contains("order: expected status 200, got 404"), "{told}");
    let output =
        succeeds("--finalize-delay 300ms", "acme::issue(acme::account(), [rand::domain()]);");
    assert!(output.stdout.contains(r#""status": "processing""#), "{}", output.stdout);
}

#[test]
fn polling_ends_at_its_deadline() {
    let poll = |still: Answer, deadline_s: &str| {
        let ca = start("/authz/1", still, 999);
        let chain = format!(
            r#"acme::set(#{{ poll_deadline_s: {deadline_s} }});
            acme::poll(acme::account(), "{}", "authz");"#,
            ca.url("/authz/1")
        );
        failure(&options(&ca), &chain)
    };
    let processing = answer(200, r#"{"status":"processing"}"#);
    let told = poll(processing.clone(), "0.3");
    assert!(
        told.starts_with("authz: still processing, and the next poll would be after the 0.3 s"),
        "{told}"
    );
    // A CA that asks for an hour is not waited for at all.
    let told = poll(processing.with("retry-after", "3600"), "60");
    assert!(
        told.starts_with("authz: still processing, and the next poll would be after the 60 s"),
        "{told}"
    );
}

#[test]
fn a_wait_that_goes_beyond_the_deadline_is_not_begun() {
    let later = |status: &str| {
        let body = AUTHZ.replace("\"valid\"", &format!("\"{status}\""));
        answer(200, &body).with("retry-after", "3600")
    };
    let ca = start("/authz/1", later("pending"), 999);
    let told = failure(&options(&ca), ISSUE);
    let want = "authz: still pending, and the next poll would be after the 60 s";
    assert!(told.starts_with(want), "{told}");
    let ca = start("/finalize/1", later("processing"), 999);
    let told = failure(&options(&ca), ISSUE);
    assert!(told.starts_with("order: still processing, and the next poll"), "{told}");
}

#[test]
fn rejected_nonces_are_tried_again_only_so_often() {
    let bad = answer(400, r#"{"type":"urn:ietf:params:acme:error:badNonce","detail":"no"}"#);
    let ca = start("/new-order", bad.clone(), 3);
    succeeds(&options(&ca), ISSUE);
    let requests = |tries: u32| {
        let ca = start("/new-order", bad.clone(), 99);
        let chain = format!("acme::set(#{{ bad_nonce_tries: {tries} }}); {ISSUE}");
        let told = failure(&options(&ca), &chain);
        assert!(told.contains("new-order: expected status 201, got 400: badNonce"), "{told}");
        ca.requests().iter().filter(|request| request.path == "/new-order").count()
    };
    assert_eq!((requests(1), requests(2), requests(4)), (1, 2, 4));
}

#[test]
fn an_order_that_is_ready_needs_no_authorization() {
    let ready = ORDER.replace("pending", "ready").replace(r#"["BASE/authz/1"]"#, "[]");
    let ca = start("/new-order", answer(201, &ready).with("location", "/order/1"), 9);
    succeeds(&options(&ca), ISSUE);
    assert!(ca.requests().iter().all(|request| request.path != "/authz/1"));
}
