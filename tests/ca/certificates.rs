//! Finalizing: signing requests good and bad, and one certificate an order.

use std::collections::HashSet;

use aws_lc_rs::signature as sig;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use serde_json::json;

use crate::{
    client::{Client, Key, base64url, ca_and_client, ca_and_client_with},
    issue::csr,
};

async fn ready_order(client: &Client, names: &[&str]) -> String {
    let (_, order) = client.authorized_order(names).await;
    assert_eq!(order["status"], "ready", "{order}");
    order["finalize"].as_str().expect("a URL").to_owned()
}

/// A CSR whose subject has `common_name`, signed with `key`.
fn csr_with(common_name: Option<&str>, sans: Vec<SanType>, key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = common_name {
        params.distinguished_name.push(DnType::CommonName, name);
    }
    params.subject_alt_names = sans;
    params.serialize_request(key).expect("a CSR").der().to_vec()
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("ASCII"))
}

#[tokio::test]
async fn bad_signing_requests_are_refused_and_leave_the_order_ready() {
    let (_ca, client) = ca_and_client().await;
    let finalize = ready_order(&client, &["a.com"]).await;
    let key = KeyPair::generate().expect("a key");
    let good = csr(&["a.com"]);
    let mut forged = good.clone();
    *forged.last_mut().expect("bytes") ^= 1;
    let mail = SanType::Rfc822Name("a@a.com".try_into().expect("ASCII"));
    let ip = SanType::IpAddress([127, 0, 0, 1].into());
    for (what, der) in [
        ("not DER", b"x".to_vec()),
        ("empty", vec![]),
        ("trailing bytes", [&good[..], b"x"].concat()),
        ("bad signature", forged),
        ("other name", csr(&["b.com"])),
        ("name too many", csr(&["a.com", "b.com"])),
        ("no name", csr_with(None, vec![], &key)),
        ("other common name", csr_with(Some("b.com"), vec![dns("a.com")], &key)),
        ("email SAN", csr_with(None, vec![dns("a.com"), mail], &key)),
        ("IP SAN", csr_with(None, vec![dns("a.com"), ip], &key)),
    ] {
        let answer = client.post(&finalize, &json!({"csr": base64url(der)})).await;
        assert_eq!((answer.status, &*answer.error_type()), (400, "badCSR"), "{what}: {answer:?}");
    }
    for payload in [json!({}), json!({"csr": 1}), json!({"csr": "AA=="})] {
        assert_eq!(client.post(&finalize, &payload).await.error_type(), "malformed", "{payload}");
    }
    let answer = client.post(&finalize, &json!({"csr": base64url(good)})).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("valid")), "{answer:?}");
}

#[tokio::test]
async fn names_in_subject_or_sans_will_do() {
    let (_ca, client) = ca_and_client().await;
    let key = KeyPair::generate().expect("a key");
    for der in [
        csr_with(Some("A.com"), vec![], &key),
        csr_with(Some("a.com"), vec![dns("a.com")], &key),
        csr_with(None, vec![dns("A.COM"), dns("a.com")], &key),
    ] {
        let finalize = ready_order(&client, &["a.com"]).await;
        let answer = client.post(&finalize, &json!({"csr": base64url(der)})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn the_account_key_is_no_certificate_key() {
    let pair = sig::EcdsaKeyPair::generate(&sig::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let pkcs8 = pair.to_pkcs8v1().expect("encodes").as_ref().to_vec();
    let certificate_key = KeyPair::try_from(pkcs8).expect("a key");
    let key = Key::ecdsa("ES256", "P-256", pair);
    let (_ca, client) = ca_and_client_with(coyote::ca::CaOptions::default(), key).await;
    let finalize = ready_order(&client, &["a.com"]).await;
    let der = csr_with(None, vec![dns("a.com")], &certificate_key);
    let answer = client.post(&finalize, &json!({"csr": base64url(der)})).await;
    assert_eq!(answer.error_type(), "badCSR");
    assert!(answer.text.contains("account's own key"), "{answer:?}");
}

#[tokio::test]
async fn weak_signing_requests_are_refused() {
    let (_ca, client) = ca_and_client().await;
    let finalize = ready_order(&client, &["a.com"]).await;
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, digest, told) in
        [("rsa:1024", "-sha256", "less than 2048 bits"), ("rsa:2048", "-sha1", "weak or unknown")]
    {
        let out = folder.path().join("csr.der");
        let made = std::process::Command::new("openssl")
            .args(["req", "-new", "-nodes", "-newkey", kind, digest, "-subj", "/CN=a.com"])
            .args(["-outform", "DER", "-keyout", "/dev/null", "-out"])
            .arg(&out)
            .output()
            .expect("openssl is installed");
        assert!(made.status.success(), "{made:?}");
        let der = std::fs::read(&out).expect("a CSR");
        let answer = client.post(&finalize, &json!({"csr": base64url(der)})).await;
        assert_eq!(answer.error_type(), "badCSR", "{kind} {digest}");
        assert!(answer.text.contains(told), "{answer:?}");
    }
}

#[tokio::test]
async fn concurrent_calls_get_one_certificate() {
    let options = coyote::ca::CaOptions { threads: 2, ..Default::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    let (url, order) = client.authorized_order(&["a.com"]).await;
    let finalize = order["finalize"].as_str().expect("a URL");
    let payload = json!({"csr": base64url(csr(&["a.com"]))});
    let answers =
        futures_util::future::join_all((0..20).map(|_| client.post(finalize, &payload))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        assert_eq!((answer.status, &*answer.error_type()), (403, "orderNotReady"));
    }
    let certificate = won[0].json()["certificate"].clone();
    assert_eq!(client.get(&url).await.json()["certificate"], certificate);
}

#[tokio::test]
async fn serials_differ() {
    let (_ca, client) = ca_and_client().await;
    let mut urls = HashSet::new();
    for _ in 0..3 {
        let finalize = ready_order(&client, &["a.com"]).await;
        let answer = client.post(&finalize, &json!({"csr": base64url(csr(&["a.com"]))})).await;
        urls.insert(answer.json()["certificate"].to_string());
    }
    assert_eq!(urls.len(), 3);
}
