//! The CA in this process looks names up as soon as a script says that they differ.

use crate::run::{failure, succeeds};

/// Orders `name` of the script's choice, after `before`, and authorizes it by HTTP-01.
fn authorizing(before: &str) -> String {
    format!(
        r#"let name = rand::domain();
        {before}
        let account = acme::account();
        acme::authorize(account, acme::new_order(account, [name]), #{{ challenge: "http-01" }});"#
    )
}

#[test]
fn an_address_where_nobody_listens_is_refused() {
    let told = failure("", &authorizing(r#"challenge::addresses(name, ["127.0.0.9"]);"#));
    assert!(told.contains("connection: "), "{told}");
}

#[test]
fn caa_and_a_failing_dns_count() {
    let told = failure("", &authorizing(r#"challenge::caa(name, ["0 issue \"other.example\""]);"#));
    assert!(told.contains("caa: "), "{told}");
    let told = failure("", &authorizing(r#"challenge::misbehave(name, #{ dns: "servfail" });"#));
    assert!(told.contains("dns: "), "{told}");
}

#[test]
fn names_of_others_stay_as_they_are() {
    succeeds("", &authorizing(r#"challenge::addresses("other.example", ["127.0.0.9"]);"#));
}
