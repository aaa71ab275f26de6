//! TLS-ALPN-01 as the CA validates it, for names and addresses, and redirects to HTTPS.

use aws_lc_rs::digest::{SHA256, digest};
use coyote::ca::{CaOptions, RunningCa};
use rcgen::CustomExtension;
use tokio::net::TcpListener;

use crate::{
    client::{Client, Key, challenge_error, identifier},
    responder,
    tls_responder::TlsResponder,
};

const ACME: &[&[u8]] = &[b"acme-tls/1"];

async fn ca(tls_port: u16) -> (RunningCa, Client) {
    let options = CaOptions { tls_port: Some(tls_port), ..CaOptions::default() };
    let ca = RunningCa::start(&options).expect("it starts");
    let client = Client::registered(&ca).await;
    (ca, client)
}

fn proof(key_authorization: &str) -> CustomExtension {
    let digest = digest(&SHA256, key_authorization.as_bytes());
    CustomExtension::new_acme_identifier(digest.as_ref())
}

#[tokio::test]
async fn the_right_certificate_proves_a_name() {
    let server = TlsResponder::start("127.0.0.1").await;
    let (_ca, client) = ca(server.port).await;
    let challenge = client
        .validated(identifier("a.example.com"), "tls-alpn-01", |proven| {
            server.show("a.example.com", &["a.example.com"], vec![proof(proven)], ACME);
        })
        .await;
    assert_eq!(challenge["status"], "valid", "{challenge}");
}

#[tokio::test]
async fn the_right_certificate_proves_an_address() {
    for (ip, reversed) in [
        ("127.0.0.1", "1.0.0.127.in-addr.arpa".to_owned()),
        ("::1", format!("1.{}ip6.arpa", "0.".repeat(31))),
    ] {
        let server = TlsResponder::start(ip).await;
        let (_ca, client) = ca(server.port).await;
        let challenge = client
            .validated(identifier(ip), "tls-alpn-01", |proven| {
                server.show(&reversed, &[ip], vec![proof(proven)], ACME);
            })
            .await;
        assert_eq!(challenge["status"], "valid", "{challenge}");
    }
}

type Extensions = fn(&str) -> Vec<CustomExtension>;

/// Name, SANs, extensions, protocols, and what the problem says.
type Case<'a> = (&'a str, &'a [&'a str], Extensions, &'a [&'a [u8]], &'a str);

#[tokio::test]
async fn wrong_certificates_prove_nothing() {
    let server = TlsResponder::start("127.0.0.1").await;
    let (_ca, client) = ca(server.port).await;
    let lax = |proven: &str| {
        let mut extension = proof(proven);
        extension.set_criticality(false);
        vec![extension]
    };
    let cases: [Case<'_>; 7] = [
        ("digest.example", &["digest.example"], |_| vec![proof("other")], ACME, "SHA-256"),
        ("none.example", &["none.example"], |_| vec![], ACME, "no acmeIdentifier"),
        ("lax.example", &["lax.example"], lax, ACME, "not critical"),
        ("san.example", &["other.example"], |proven| vec![proof(proven)], ACME, "SAN"),
        ("two.example", &["two.example", "b.example"], |proven| vec![proof(proven)], ACME, "SAN"),
        ("noalpn.example", &["noalpn.example"], |proven| vec![proof(proven)], &[], "agree"),
        ("h2.example", &["h2.example"], |proven| vec![proof(proven)], &[b"h2"], "does not know"),
    ];
    for (name, sans, extensions, alpn, told) in cases {
        let challenge = client
            .validated(identifier(name), "tls-alpn-01", |proven| {
                server.show(name, sans, extensions(proven), alpn);
            })
            .await;
        assert_eq!(challenge_error(&challenge), "unauthorized", "{name}: {challenge}");
        let detail = challenge["error"]["detail"].as_str().expect("a detail");
        assert!(detail.contains(told), "{name}: {detail}");
    }
}

#[tokio::test]
async fn servers_that_do_not_speak_tls_are_told_apart() {
    // It drops connections that ask for a name which it does not know.
    let server = TlsResponder::start("127.0.0.1").await;
    let (_ca, client) = ca(server.port).await;
    let challenge = client.validated(identifier("a.example.com"), "tls-alpn-01", |_| ()).await;
    assert_eq!(challenge_error(&challenge), "connection", "{challenge}");

    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = plain.local_addr().expect("bound").port();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = plain.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("it is read");
        }
    });
    let (_ca, client) = ca(port).await;
    let challenge = client.validated(identifier("a.example.com"), "tls-alpn-01", |_| ()).await;
    assert_eq!(challenge_error(&challenge), "malformed", "{challenge}");

    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = unused.local_addr().expect("bound").port();
    drop(unused);
    let (_ca, client) = ca(port).await;
    let challenge = client.validated(identifier("a.example.com"), "tls-alpn-01", |_| ()).await;
    assert_eq!(challenge_error(&challenge), "connection", "{challenge}");
}

#[tokio::test]
async fn http_01_follows_a_redirect_to_https() {
    let key = Key::es256();
    let http_port = responder::start(key.thumbprint()).await.port();
    let server = TlsResponder::start("127.0.0.1").await;
    server.show("target.example", &["other.example"], vec![], &[]);
    let options = CaOptions {
        http_port: Some(http_port),
        tls_port: Some(server.port),
        ..CaOptions::default()
    };
    let ca = RunningCa::start(&options).expect("it starts");
    let mut client = Client::new(&ca, key).await;
    client.register().await;
    let challenge = client
        .validated(identifier("secure.example"), "http-01", |proven| {
            let (token, _) = proven.split_once('.').expect("a token and a thumbprint");
            server.page(&format!("/.well-known/acme-challenge/{token}"), proven);
        })
        .await;
    assert_eq!(challenge["status"], "valid", "{challenge}");
}

#[tokio::test]
async fn a_wildcard_has_no_challenge_without_identifier() {
    let (_ca, client) = ca(1).await;
    let answer = client.new_order(&["*.example.com"]).await;
    assert_eq!(answer.error_type(), "unsupportedIdentifier");
}
