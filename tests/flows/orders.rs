//! Orders: kinds of names, profiles, and what may not be asked for.

use crate::run::{failure, succeeds};

#[test]
fn names_of_every_kind_are_certified_together() {
    succeeds(
        "",
        r#"let name = rand::domain();
        let names = [name, "*." + name, "127.0.0.1"];
        let issued = acme::issue(acme::account(), names);
        let certified = x509::parse(issued.pem).names;
        check::that("all of them", names.all(|name| name in certified) && certified.len() == 3);"#,
    );
}

#[test]
fn an_identifier_can_be_given_as_it_is_sent() {
    succeeds(
        "",
        r#"let order = acme::new_order(acme::account(), [#{ type: "dns", value: "a.example" }, "b.example"]);
        check::that("both", order.identifiers.len() == 2 && order.identifiers[0].value == "a.example");"#,
    );
    let told = failure("", r#"acme::new_order(acme::account(), [#{ type: "mail", value: "a" }]);"#);
    assert!(told.contains("unsupportedIdentifier"), "{told}");
}

#[test]
fn profiles_decide_how_long_certificates_are_valid() {
    succeeds(
        "--cert-profile hour:1h",
        r#"check::that("offered", "hour" in acme::directory().meta.profiles);
        let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()], #{ profile: "hour" }).pem);
        check::that("an hour", leaf.not_after - leaf.not_before < 3600 + 3600);"#,
    );
    let told =
        failure("", r#"acme::new_order(acme::account(), ["a.example"], #{ profile: "none" });"#);
    assert!(told.contains("invalidProfile"), "{told}");
}

#[test]
fn dates_are_sent_as_rfc_3339() {
    // What the embedded CA does with them is its own affair; that they arrive is shown by `once`.
    let output = crate::run::once(
        "",
        r#"try {
            acme::new_order(acme::account(), ["a.example"], #{ not_before: 1900000000, not_after: "2030-03-18T00:00:00Z" });
        } catch (err) { check::that("refused by the CA", err.kind == "unexpected_status"); }"#,
    );
    output.exits(0).shows(&[
        r#""notBefore": "2030-03-17T17:46:40Z""#,
        r#""notAfter": "2030-03-18T00:00:00Z""#,
    ]);
}

#[test]
fn options_are_checked() {
    let told = failure("", r#"acme::new_order(acme::account(), ["a.example"], #{ profil: "x" });"#);
    assert!(
        told.contains("unknown option `profil` of acme::new_order; did you mean `profile`?"),
        "{told}"
    );
}
