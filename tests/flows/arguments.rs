//! What scripts give wrong is told by function and argument, and is of kind `argument`.

use crate::run::{failure, succeeds};

/// Runs each call after an account `a` and an order `o` were made, and sees what it throws.
#[track_caller]
fn told(cases: &[(&str, &str)]) {
    let calls = cases.iter().map(|(call, want)| {
        let want = want.replace('"', "\\\"");
        format!(
            r#"err = ();
            try {{ {call}; }} catch (thrown) {{ err = thrown; }}
            check::that(`{call}: ${{err?.message}}`, err?.kind == "argument" && err.message.starts_with("{want}"));"#
        )
    });
    let chain = format!(
        "let a = acme::account(); let o = acme::new_order(a, [rand::domain()]); let err = ();\n{}",
        calls.collect::<Vec<_>>().join("\n")
    );
    succeeds("", &chain);
}

#[test]
fn accounts_and_keys() {
    told(&[
        ("acme::new_order(5, [])", "acme::new_order: account: want map, got integer"),
        ("acme::new_order(#{}, [])", "acme::new_order: account: there is no \"url\""),
        ("acme::look_up(5)", "acme::look_up: key: want PrivateKey, got integer"),
        ("acme::change_key(a, 5)", "acme::change_key: new_key: want PrivateKey, got integer"),
        ("acme::register(5)", "acme::register: want options as a map, got integer"),
        (
            "acme::register(#{ key: 5 })",
            "acme::register: option `key`: want PrivateKey, got integer",
        ),
        ("acme::register(#{ eab: #{} })", "acme::register: option `eab`: there is no \"kid\""),
        (
            "acme::register(#{ eab: #{ kid: \"k\", key: \"!!\" } })",
            "acme::register: `key` of option `eab` is not base64url",
        ),
        ("acme::update(5, #{})", "acme::update: account: want map, got integer"),
        ("acme::deactivate(())", "acme::deactivate: account: want map, got nothing"),
        ("acme::orders([])", "acme::orders: account: want map, got array"),
    ]);
}

#[test]
fn orders_and_authorizations() {
    told(&[
        ("acme::new_order(a, \"x.com\")", "acme::new_order: names: want array, got string"),
        ("acme::new_order(a, [5])", "acme::new_order: a name is a string or a map, not 5"),
        (
            "acme::new_order(a, [], #{ not_after: true })",
            "acme::new_order: option \"not_after\": want integer, got bool",
        ),
        ("acme::new_authz(a, 5)", "acme::new_authz: a name is a string or a map, not 5"),
        ("acme::authorize(a, #{})", "acme::authorize: order: there is no \"authorizations\""),
        (
            "acme::authorize(a, o, \"http-01\")",
            "acme::authorize: want options as a map, got string",
        ),
        ("acme::authorize_one(a, 5)", "acme::authorize_one: url: want url, got integer"),
        ("acme::deactivate_authz(a, 5)", "acme::deactivate_authz: url: want url, got integer"),
        ("acme::finalize(a, #{})", "acme::finalize: order: there is no \"url\""),
        ("acme::finalize(a, o, #{ key: 1 })", "acme::finalize: option `key`: want PrivateKey"),
        ("acme::certificate(a, o)", "acme::certificate: order: there is no \"certificate\""),
        ("acme::certificates(a, o)", "acme::certificates: order: there is no \"certificate\""),
        ("acme::revoke(5, \"\")", "acme::revoke: account: want map, got integer"),
        (
            "acme::revoke_with_key(\"\", 5)",
            "acme::revoke_with_key: certificate_key: want PrivateKey",
        ),
        ("acme::renew(a, 5, 5)", "acme::renew: options: want map, got integer"),
        ("acme::renew(a, 5)", "x509::parse: want PEM text"),
    ]);
}

#[test]
fn requests_and_settings() {
    told(&[
        ("acme::post(a, a.url, \"\", 5)", "acme::post: options: want map, got integer"),
        ("acme::post(a, \"x\", \"\", #{})", "acme::post: url: want url, got string"),
        ("acme::fetch(a, 5, \"x\")", "acme::fetch: url: want url, got integer"),
        ("acme::poll(a, 5, \"x\")", "acme::poll: url: want url, got integer"),
        ("acme::set(5)", "acme::set: want options as a map, got integer"),
        (
            "acme::set(#{ poll_deadline_s: \"x\" })",
            "acme::set: option `poll_deadline_s`: want number",
        ),
        (
            "acme::set(#{ poll_deadline_s: -1 })",
            "acme::set: option \"poll_deadline_s\": want 0 or more, got -1",
        ),
        (
            "acme::set(#{ bad_nonce_tries: 0 })",
            "acme::set: option \"bad_nonce_tries\": want 1 or more, got 0",
        ),
        ("acme::set(#{ challenge: 5 })", "acme::set: option `challenge`: want string, got integer"),
        (
            "acme::set(#{ challenge: \"http01\" })",
            "acme::set: option `challenge`: unknown `http01`; did you mean `http-01`?",
        ),
        ("sleep(\"x\")", "sleep: want a number of seconds, got string"),
        ("rand::chance(\"x\")", "rand::chance: want 0 to 1, got x"),
        ("rand::chance(2)", "rand::chance: want 0 to 1, got 2"),
    ]);
}

#[test]
fn a_challenge_on_the_command_line_is_looked_at_before_anything_is_asked() {
    for (given, want) in [
        ("", "-e CHALLENGE=...: it is empty; it takes http-01, tls-alpn-01"),
        ("HTTP-01", "-e CHALLENGE=...: unknown `HTTP-01`; did you mean `http-01`?"),
        ("foo", "-e CHALLENGE=...: unknown `foo`; it takes http-01, tls-alpn-01"),
    ] {
        let told = failure(&format!("-e CHALLENGE={given}"), "acme::account();");
        assert!(told.starts_with(want), "{told}");
    }
}
