//! The whole way to a certificate that others accept.

use std::process::Command;

use coyote::ca::{CaOptions, RunningCa};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use crate::client::{Client, Key, base64url, ca_and_client, ca_and_client_with};

/// A CSR in DER for `names`, with a P-256 key of its own.
pub(crate) fn csr(names: &[&str]) -> Vec<u8> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    let key = KeyPair::generate().expect("a key");
    params.serialize_request(&key).expect("a CSR").der().to_vec()
}

/// From order to chain in PEM.
async fn issue(client: &Client, names: &[&str]) -> String {
    let (url, order) = client.authorized_order(names).await;
    assert_eq!(order["status"], "ready", "{order}");
    let finalize = order["finalize"].as_str().expect("a URL");
    let answer = client.post(finalize, &json!({"csr": base64url(csr(names))})).await;
    assert_eq!((answer.status, answer.header("location")), (200, url.as_str()), "{answer:?}");
    let order = client.poll(&url, "processing").await;
    assert_eq!(order["status"], "valid", "{order}");
    let answer = client.get(order["certificate"].as_str().expect("a URL")).await;
    assert_eq!(answer.header("content-type"), "application/pem-certificate-chain");
    answer.text
}

fn openssl_verify(ca: &RunningCa, chain: &str, host: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let (leaf, rest) = chain.split_once("-----END CERTIFICATE-----\n").expect("a certificate");
    let output = Command::new("openssl")
        .args(["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host])
        .arg("-CAfile")
        .arg(file("root.pem", ca.root_pem()))
        .arg("-untrusted")
        .arg(file("intermediate.pem", rest))
        .arg(file("leaf.pem", &format!("{leaf}-----END CERTIFICATE-----\n")))
        .output()
        .expect("openssl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn openssl_verifies_the_chain() {
    let (ca, client) = ca_and_client().await;
    let chain = issue(&client, &["a.example.com", "b.example.com"]).await;
    assert_eq!(chain.matches("-----BEGIN CERTIFICATE-----").count(), 2);
    openssl_verify(&ca, &chain, "b.example.com");
}

#[tokio::test]
async fn over_https_and_with_threads() {
    let options = CaOptions { tls: true, threads: 2, ..CaOptions::default() };
    let (ca, client) = ca_and_client_with(options, Key::es256()).await;
    assert!(ca.directory_url().starts_with("https://127.0.0.1:"));
    openssl_verify(&ca, &issue(&client, &["a.example.com"]).await, "a.example.com");
}

#[tokio::test]
async fn with_every_kind_of_account_key() {
    for key in [Key::es384(), Key::eddsa(), Key::rs256()] {
        let alg = key.alg;
        let (ca, client) = ca_and_client_with(CaOptions::default(), key).await;
        let chain = issue(&client, &["a.example.com"]).await;
        assert!(chain.starts_with("-----BEGIN CERTIFICATE-----"), "{alg}");
        ca.stop();
    }
}

#[tokio::test]
async fn many_accounts_at_once() {
    let (ca, client) = ca_and_client().await;
    let accounts: Vec<Client> =
        futures_util::future::join_all((0..20).map(|_| Client::registered(&ca))).await;
    let kids: std::collections::HashSet<_> = accounts.iter().map(|one| one.kid.clone()).collect();
    assert_eq!(kids.len(), 20);
    let names: Vec<String> = (0..20).map(|i| format!("n{i}.example.com")).collect();
    let chains = futures_util::future::join_all(
        names.iter().map(|name| async { issue(&client, &[name]).await }),
    )
    .await;
    for (chain, name) in chains.iter().zip(&names) {
        openssl_verify(&ca, chain, name);
    }
}
