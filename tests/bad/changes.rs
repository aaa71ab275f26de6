//! Changes that cannot be what was meant, and what a case needs to know of its CA.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;

/// A file of one case that sends this.
fn one(expect: &str, send: &str) -> String {
    format!(
        "import \"acme\" as acme;\nimport \"bad\" as bad;\n\
         fn cases() {{ [#{{ name: \"it\", expect: #{{ rfc: \"{expect}\" }}, send: |ctx| {send} }}] }}\n"
    )
}

/// The case is an error, which says this.
#[track_caller]
fn errs(options: &str, send: &str, told: &str) {
    let scratch = Scratch::new();
    let script = scratch.write("one.rhai", &one("4xx", send));
    let output = coyote("once").words(options).script(&script).run().exits(1);
    output.shows(&[told, "1 case: 0 passed, 0 failed, 1 error, 0 not offered"]);
}

#[track_caller]
fn passes(options: &str, expect: &str, send: &str) {
    let scratch = Scratch::new();
    let script = scratch.write("one.rhai", &one(expect, send));
    coyote("once").words(options).script(&script).run().exits(0).shows(&["1 case: 1 passed"]);
}

#[test]
fn misspelt_words_are_no_lack_of_the_ca() {
    errs("", r#"bad::post(ctx, "newOder", #{})"#, "unknown `newOder`; did you mean `newOrder`?");
    errs("", r#"bad::get(ctx, "renewalinfo")"#, "did you mean `renewalInfo`?");
    let send = r#"bad::respond(ctx, "http-1", |it| challenge::misbehave(it.name, #{ http: "not_found" }))"#;
    errs("", send, "unknown `http-1`; did you mean `http-01`?");
}

#[test]
fn changes_that_cannot_be_meant_are_told() {
    let post = |changes: &str| format!("bad::post(ctx, \"newOrder\", #{{ {changes} }})");
    for (changes, told) in [
        ("payload: |payload| { }", "the function for `payload` returned nothing"),
        ("payload: |payload| payload", "`payload` changes nothing"),
        ("method: \"POST\"", "`method` changes nothing"),
        ("body: |text| text", "`body` changes nothing"),
        ("wire: #{}", "`wire`: want string or blob, or a function that returns it, got map"),
        ("url: \"new-order\"", "names no server; break the request line with `wire`"),
    ] {
        errs("", &post(changes), told);
    }
    errs(
        "",
        r#"bad::respond(ctx, "http-01", #{})"#,
        "want a function that publishes what is wrong",
    );
}

/// An HTTP client would send the right URL.
#[test]
fn a_wrong_url_is_sent_as_it_is() {
    passes("", "404", r#"bad::post(ctx, "newOrder", #{ url: |url| url + "/../x" })"#);
    passes("", "4xx", r#"bad::post(ctx, bad::order().url + "/../0", #{})"#);
    let scratch = Scratch::new();
    let send = r##"bad::post(ctx, "newOrder", #{ url: |url| url + "#part" })"##;
    let script = scratch.write("one.rhai", &one("4xx", send));
    let output = coyote("once --case it").script(&script).run();
    output.shows(&["/new-order#part HTTP/1.1"]);
}

#[test]
fn the_answer_to_a_body_that_is_too_large_is_not_lost() {
    let send = r#"bad::post(ctx, "newOrder", #{ body: |text| { text.pad(3000000, " "); text } })"#;
    passes("", "413 malformed", send);
    passes("--ca-tls", "413 malformed", send);
}

#[test]
fn a_kept_certificate_that_has_expired_is_replaced() {
    let send = r#"{
        let first = bad::issued().leaf;
        check::that("kept", bad::issued().leaf.serial == first.serial);
        sleep(7);
        let second = bad::issued().leaf;
        check::that("another", second.serial != first.serial && second.not_after > time::now());
        bad::post(ctx, "revokeCert", #{})
    }"#;
    passes("--cert-lifetime 6s", "ok", send);
}

#[test]
fn lifetimes_are_what_the_ca_says() {
    let scratch = Scratch::new();
    let bad = |file: &str| crate::common::scratch::own_script("bad").join(file);
    for (file, options, told) in [
        (
            "finalize.rhai",
            "--case order-expired -e ORDER_LIFETIME_S=3s",
            "-e ORDER_LIFETIME_S=3s: want a number",
        ),
        (
            "finalize.rhai",
            "--case order-expired -e ORDER_LIFETIME_S=3",
            "-e ORDER_LIFETIME_S=3.0, but this CA says",
        ),
        ("revoke_cert.rhai", "--case certificate-expired -e CERT_LIFETIME_S=3", "but this CA says"),
    ] {
        let path = scratch.path("s.json");
        let output = coyote("once --summary").arg(&path).words(options).script(&bad(file)).run();
        output.exits(1).shows(&[told, "0 failed, 1 error"]);
    }
    let output =
        coyote("once --case order-expired -e ORDER_LIFETIME_S=").script(&bad("finalize.rhai"));
    output.run().exits(0).shows(&["1 not offered"]);
    let output = coyote("once --case order-expired --order-lifetime 4s -e ORDER_LIFETIME_S=4");
    output.script(&bad("finalize.rhai")).run().exits(0).shows(&["1 passed"]);
}
