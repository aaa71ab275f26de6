//! Revoking certificates (RFC 8555 §7.6) and telling so (RFC 5280 §5).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use coyote::ca::{CaOptions, RunningCa};
use rcgen::KeyPair;
use serde_json::{Value, json};
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};

use crate::{
    client::{Answer, Client, Key, base64url, ca_and_client},
    issue::{Issued, issue, issue_by, openssl_verify},
    key_change,
};

async fn revoke(client: &Client, der: &[u8], reason: Value) -> Answer {
    let mut payload = json!({"certificate": base64url(der)});
    if !reason.is_null() {
        payload["reason"] = reason;
    }
    client.post(&client.resource("revokeCert"), &payload).await
}

/// The list that the certificate itself names.
pub(crate) async fn crl(issued: &Issued) -> Vec<u8> {
    let der = issued.der();
    let (_, x509) = x509_parser::parse_x509_certificate(&der).expect("X.509");
    let points = x509.extensions().iter().find_map(|ext| match ext.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => Some(points),
        _ => None,
    });
    let points = &points.expect("it names a list").points;
    let Some(DistributionPointName::FullName(names)) = &points[0].distribution_point else {
        panic!("no full name: {points:?}");
    };
    let [GeneralName::URI(url)] = names[..] else { panic!("not one URL: {names:?}") };
    let answer = reqwest::get(url).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/pkix-crl");
    answer.bytes().await.expect("a body").to_vec()
}

fn verify(ca: &RunningCa, issued: &Issued, crl: &[u8]) -> Result<(), String> {
    openssl_verify(ca.root_pem(), &issued.chain, Some(crl), &[])
}

#[tokio::test]
async fn the_list_tells_what_is_revoked_and_why() {
    let (ca, client) = ca_and_client().await;
    let (one, two, kept) = (
        issue(&client, &["a.com"]).await,
        issue(&client, &["b.com"]).await,
        issue(&client, &["c.com"]).await,
    );
    let before = crl(&one).await;
    verify(&ca, &one, &before).expect("nothing is revoked yet");
    assert_eq!(crl(&one).await, before, "and nothing has changed");

    let answer = revoke(&client, &one.der(), json!(4)).await;
    assert_eq!((answer.status, &*answer.text), (200, ""));
    assert_eq!(revoke(&client, &two.der(), Value::Null).await.status, 200);
    let after = crl(&one).await;
    for revoked in [&one, &two] {
        let told = verify(&ca, revoked, &after).expect_err("it is revoked");
        assert!(told.contains("certificate revoked"), "{told}");
    }
    verify(&ca, &kept, &after).expect("it is not revoked");

    let (_, list) = x509_parser::parse_x509_crl(&after).expect("a CRL");
    let reasons: Vec<_> = list
        .iter_revoked_certificates()
        .map(|entry| entry.reason_code().map(|(_, code)| code.0))
        .collect();
    assert_eq!(reasons, [Some(4), None], "reason 0 is left out");
    let (_, first) = x509_parser::parse_x509_crl(&before).expect("a CRL");
    assert!(list.crl_number() > first.crl_number());
}

#[tokio::test]
async fn the_certificates_key_may_revoke() {
    let (_ca, mut client) = ca_and_client().await;
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let pkcs8 = pair.to_pkcs8v1().expect("encodes").as_ref().to_vec();
    let certificate_key = KeyPair::try_from(pkcs8).expect("a key");
    let issued = issue_by(&client, &certificate_key, &["a.com"]).await;
    client.kid = None;
    for key in [Key::es256(), Key::eddsa()] {
        client.key = key;
        let refused = revoke(&client, &issued.der(), json!(1)).await;
        assert_eq!((refused.status, &*refused.error_type()), (403, "unauthorized"));
    }
    client.key = Key::ecdsa("ES256", "P-256", pair);
    assert_eq!(revoke(&client, &issued.der(), json!(1)).await.status, 200);
    assert_eq!(revoke(&client, &issued.der(), json!(1)).await.error_type(), "alreadyRevoked");
}

#[tokio::test]
async fn another_account_needs_authorizations_for_all_names() {
    let (ca, mut client) = ca_and_client().await;
    let issued = issue(&client, &["a.com", "b.com"]).await;
    // The responder answers for this one key: it becomes that of a new account.
    let owner = Client { kid: client.kid.clone(), ..Client::new(&ca, Key::es256()).await };
    assert_eq!(key_change::change(&client, &owner.key).await.status, 200);
    client.kid = None;
    client.register().await;
    assert_ne!(client.kid, owner.kid);

    let (_, order) = client.authorized_order(&["a.com"]).await;
    assert_eq!(order["status"], "ready");
    let refused = revoke(&client, &issued.der(), Value::Null).await;
    assert_eq!((refused.status, &*refused.error_type()), (403, "unauthorized"), "b.com is missing");
    let (_, order) = client.authorized_order(&["b.com"]).await;
    let authz = order["authorizations"][0].as_str().expect("a URL");
    client.post(authz, &json!({"status": "deactivated"})).await;
    let refused = revoke(&client, &issued.der(), Value::Null).await;
    assert_eq!(refused.error_type(), "unauthorized", "that of b.com is deactivated");
    client.authorized_order(&["b.com"]).await;
    assert_eq!(revoke(&client, &issued.der(), Value::Null).await.status, 200);
    assert_eq!(revoke(&owner, &issued.der(), Value::Null).await.error_type(), "alreadyRevoked");
}

#[tokio::test]
async fn what_cannot_be_revoked_is_told() {
    let (ca, client) = ca_and_client().await;
    let der = issue(&client, &["a.com"]).await.der();
    for reason in [2, 6, 7, 8, 9, 10, 11, -1] {
        let answer = revoke(&client, &der, json!(reason)).await;
        assert_eq!(
            (answer.status, &*answer.error_type()),
            (400, "badRevocationReason"),
            "{reason}"
        );
    }
    let mut forged = der.clone();
    *forged.last_mut().expect("bytes") ^= 1;
    let foreign = KeyPair::generate().expect("a key");
    let foreign = rcgen::CertificateParams::new(vec!["a.com".to_owned()])
        .and_then(|params| params.self_signed(&foreign))
        .expect("a certificate");
    for (what, bytes, status) in [
        ("not DER", b"-----BEGIN".to_vec(), 400),
        ("trailing bytes", [&der[..], b"x"].concat(), 400),
        ("other bytes", forged, 404),
        ("another CA's", foreign.der().to_vec(), 404),
    ] {
        let answer = revoke(&client, &bytes, Value::Null).await;
        assert_eq!((answer.status, &*answer.error_type()), (status, "malformed"), "{what}");
    }
    let url = client.resource("revokeCert");
    for payload in [
        json!({}),
        json!({"certificate": "AA=="}),
        json!({"certificate": base64url(&der), "reason": "4"}),
    ] {
        assert_eq!(client.post(&url, &payload).await.error_type(), "malformed", "{payload}");
    }
    let stranger = Client::registered(&ca).await;
    assert_eq!(revoke(&stranger, &der, json!(0)).await.error_type(), "unauthorized");
    assert_eq!(revoke(&client, &der, json!(0)).await.status, 200, "none of these revoked it");
}

#[tokio::test]
async fn an_expired_certificate_is_not_revoked() {
    let second = std::time::Duration::from_secs(1);
    let options = CaOptions { cert_lifetime: second, ..CaOptions::default() };
    let (_ca, client) = crate::client::ca_and_client_with(options, Key::es256()).await;
    let issued = issue(&client, &["a.com"]).await;
    tokio::time::sleep(second).await;
    let refused = revoke(&client, &issued.der(), Value::Null).await;
    assert_eq!((refused.status, &*refused.error_type()), (403, "unauthorized"));
}
