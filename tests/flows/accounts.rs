//! Accounts: found again, bound, changed, given up.

use crate::run::{failure, succeeds};

#[test]
fn an_account_is_found_by_its_key_alone() {
    succeeds(
        "",
        r#"let account = acme::register(#{ key: key::generate("Ed25519") });
        check::that("found", acme::look_up(account.key).url == account.url);"#,
    );
    let told = failure("", "acme::look_up(key::generate());");
    assert!(told.contains("accountDoesNotExist"), "{told}");
}

#[test]
fn contacts_are_changed() {
    succeeds(
        "",
        r#"let account = acme::register(#{ contact: ["mailto:a@a.example"] });
        let has = acme::update(account, #{ contact: ["mailto:b@a.example", "mailto:c@a.example"] });
        check::that("new ones", has.contact == ["mailto:b@a.example", "mailto:c@a.example"]);
        let seen = acme::fetch(account, account.url, "account").json();
        check::that("kept by the CA", seen.contact == has.contact);"#,
    );
}

#[test]
fn after_a_key_change_only_the_new_key_counts() {
    succeeds(
        "",
        r#"let old = acme::account();
        let changed = acme::change_key(old, key::generate("P-384"));
        check::that("returned", changed.url == old.url && changed.key.alg == "ES384");
        check::that("kept", acme::account().key.thumbprint == changed.key.thumbprint);
        acme::new_order(acme::account(), [rand::domain()]);
        let refused = false;
        try { acme::new_order(old, [rand::domain()]); } catch (err) { refused = err.kind == "unexpected_status"; }
        check::that("the old one is refused", refused);
        check::that("a new P-256 key", acme::change_key(changed).key.alg == "ES256");"#,
    );
}

#[test]
fn a_key_change_that_fails_leaves_the_attacker_without_that_account() {
    succeeds(
        "",
        r#"let taken = acme::register();
        let account = acme::account();
        let refused = false;
        try { acme::change_key(account, taken.key); } catch (err) { refused = err.message.contains("409"); }
        check::that("a key in use is refused", refused);
        check::that("another account", acme::account().url != account.url);
        check::that("an account of one's own stays", acme::change_key(taken).url == taken.url);"#,
    );
}

#[test]
fn a_deactivated_account_is_forgotten_and_refused() {
    succeeds(
        "",
        r#"let account = acme::account();
        check::that("says so", acme::deactivate(account).status == "deactivated");
        check::that("another one", acme::account().url != account.url);
        acme::post(account, acme::directory().newOrder, #{ identifiers: [] }, #{ expect: 401 });"#,
    );
}

#[test]
fn orders_are_listed() {
    succeeds(
        "",
        r#"let account = acme::register();
        let made = [];
        for number in 0..3 { made.push(acme::new_order(account, [rand::domain()]).url); }
        let listed = acme::orders(account);
        check::that("all of them", made.all(|url| url in listed) && listed.len() == 3);"#,
    );
}

const EAB: &str = "--eab-required --eab coyote:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

#[test]
fn an_account_is_bound_by_the_command_line_or_an_option() {
    let given =
        format!("{EAB} -e EAB_KID=coyote -e EAB_HMAC_KEY=c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0");
    succeeds(&given, "acme::issue(acme::account(), [rand::domain()]);");
    succeeds(
        EAB,
        r#"acme::register(#{ eab: #{ kid: "coyote", key: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0" } });"#,
    );
}

#[test]
fn what_is_wrong_with_a_binding_is_told() {
    let told = failure(EAB, "acme::register();");
    assert!(told.contains("says externalAccountRequired; give -e EAB_KID=..."), "{told}");
    let told = failure("-e EAB_KID=coyote", "acme::register();");
    assert!(told.contains("needs both -e EAB_KID=... and -e EAB_HMAC_KEY=..."), "{told}");
    for (given, want) in [
        ("-e EAB_KID=k -e EAB_HMAC_KEY=++//", "-e EAB_HMAC_KEY=... is not base64url"),
        ("-e EAB_KID=k -e EAB_HMAC_KEY=QUJD==", "-e EAB_HMAC_KEY=... is not base64url"),
        ("-e EAB_KID=k -e EAB_HMAC_KEY=", "new-account: -e EAB_HMAC_KEY= is empty"),
        ("-e EAB_KID= -e EAB_HMAC_KEY=AAAA", "new-account: -e EAB_KID= is empty"),
        ("-e EAB_KID=", "new-account: -e EAB_KID= is empty"),
    ] {
        let told = failure(given, "acme::register();");
        assert!(told.starts_with(want), "{given}: {told}");
    }
    let told = failure(EAB, "acme::register(#{ eab: false });");
    assert!(told.contains("externalAccountRequired"), "{told}");
    let told = failure(EAB, r#"acme::register(#{ eab: #{ kid: "coyote", key: "d3Jvbmc" } });"#);
    assert!(told.starts_with("POST new-account: expected status 200 or 201, got 4"), "{told}");
}

#[test]
fn options_are_checked() {
    let told = failure("", "acme::register(#{ contacts: [] });");
    assert!(
        told.contains("unknown option `contacts` of acme::register; did you mean `contact`?"),
        "{told}"
    );
    let told = failure("", "acme::set(#{ poll_deadline: 3 });");
    assert!(told.contains("did you mean `poll_deadline_s`?"), "{told}");
}
