//! What is served over TLS.

use crate::common::scratch::Scratch;
use crate::fetch::{publish, run};

/// The critical acmeIdentifier (RFC 8737 section 3) up to its digest: OID, TRUE, two octet strings.
const ACME_IDENTIFIER: [u8; 17] = [
    0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1F, 0x01, 0x01, 0xFF, 0x04, 0x22, 0x04,
    0x20,
];

/// SHA-256 as openssl has it.
fn sha256(text: &str) -> Vec<u8> {
    let scratch = Scratch::new();
    let path = scratch.write("text", text);
    let (_, digest) = run("openssl", &format!("dgst -sha256 -binary {}", path.display()));
    digest
}

fn holds(der: &[u8], bytes: &[u8]) -> bool {
    der.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn openssl_gets_the_answer_to_tls_alpn01() {
    let published = publish(
        "challenge::tls_alpn01(\"a.example\", \"tok\", \"tok.print\");
         challenge::tls_alpn01(\"127.0.0.1\", \"tok2\", \"tok2.print\");
         challenge::tls_alpn01(\"gone.example\", \"tok3\", \"tok3.print\");
         challenge::withdraw(\"tok3\");",
    );
    let extension = |text| [&ACME_IDENTIFIER[..], &sha256(text)].concat();
    for version in ["-tls1_2", "-tls1_3"] {
        let options = format!("-alpn acme-tls/1 {version}");
        let (said, certificate) = published.handshake("a.example", &options);
        assert!(said.contains("ALPN protocol: acme-tls/1"), "{said}");
        let certificate = certificate.expect("a certificate");
        assert!(holds(&certificate, &extension("tok.print")), "{version}: another digest");
        assert!(holds(&certificate, b"\x82\x09a.example"), "{version}: another name");
    }
    let (_, certificate) = published.handshake("1.0.0.127.in-addr.arpa", "-alpn acme-tls/1");
    let certificate = certificate.expect("a certificate");
    assert!(holds(&certificate, &extension("tok2.print")), "another digest");
    assert!(holds(&certificate, &[0x87, 4, 127, 0, 0, 1]), "another address");
    let (said, certificate) = published.handshake("gone.example", "-alpn acme-tls/1");
    assert!(certificate.is_none(), "withdrawn, but served: {said}");
}

#[test]
fn curl_gets_simple_https_and_follows_a_redirect_to_it() {
    let published = publish(
        "challenge::simple_https(\"a.example\", \"some-path\", \"simple token\");
         challenge::http01(\"tok\", \"tok.print\");
         challenge::misbehave(\"b.example\", #{
             http: \"redirect\", to: \"https://c.example/.well-known/acme-challenge/tok\" });
         challenge::misbehave(\"d.example\", #{ http: \"redirect_loop\" });",
    );
    let get = |url: &str| published.get(&url.replace('@', "/.well-known/acme-challenge/"));
    assert_eq!(get("https://a.example@some-path").as_deref(), Some("simple token"));
    assert_eq!(get("http://a.example@some-path").as_deref(), Some("simple token"));
    assert_eq!(get("https://e.example@some-path"), None);
    assert_eq!(get("http://b.example@tok").as_deref(), Some("tok.print"));
    assert_eq!(get("http://d.example@tok"), None);
}

#[test]
fn openssl_gets_the_name_of_dvsni() {
    // "cg" and "cw" are "r" and "s" in base64url.
    let published = publish("challenge::dvsni(\"0123\", \"cg\", \"cw\");");
    let (_, certificate) = published.handshake("0123.acme.invalid", "");
    let z = hex::encode(sha256("rs"));
    assert!(holds(&certificate.expect("one"), format!("{z}.acme.invalid").as_bytes()));
}

#[test]
fn openssl_sees_what_misbehaves() {
    let published = publish(
        "challenge::tls_alpn01(\"a.example\", \"tok\", \"tok.print\");
         challenge::misbehave(\"a.example\", #{ tls: \"noncritical\" });
         challenge::tls_alpn01(\"b.example\", \"tok\", \"tok.print\");
         challenge::misbehave(\"b.example\", #{ tls: \"no_alpn\" });
         challenge::misbehave(\"c.example\", #{ tls: \"plain_http\" });",
    );
    let (_, certificate) = published.handshake("a.example", "-alpn acme-tls/1");
    assert!(!holds(&certificate.expect("a certificate"), &ACME_IDENTIFIER));
    let (said, _) = published.handshake("b.example", "-alpn acme-tls/1");
    assert!(said.contains("No ALPN negotiated"), "{said}");
    let (said, certificate) = published.handshake("c.example", "");
    assert!(certificate.is_none(), "{said}");
}
