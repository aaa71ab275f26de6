//! The whole way to a certificate that others accept.

use coyote::ca::{CaOptions, RunningCa};

use crate::{
    client::{Client, Key, ca_and_client, ca_and_client_with},
    issue::{issue, openssl_verify},
};

fn verify(ca: &RunningCa, chain: &str, host: &str) {
    openssl_verify(ca.root_pem(), chain, None, &["-verify_hostname", host]).expect("it verifies");
}

#[tokio::test]
async fn openssl_verifies_the_chain() {
    let (ca, client) = ca_and_client().await;
    let chain = issue(&client, &["a.example.com", "b.example.com"]).await.chain;
    assert_eq!(chain.matches("-----BEGIN CERTIFICATE-----").count(), 2);
    verify(&ca, &chain, "b.example.com");
}

#[tokio::test]
async fn over_https_and_with_threads() {
    let options = CaOptions { tls: true, threads: 2, ..CaOptions::default() };
    let (ca, client) = ca_and_client_with(options, Key::es256()).await;
    assert!(ca.directory_url().starts_with("https://127.0.0.1:"));
    verify(&ca, &issue(&client, &["a.example.com"]).await.chain, "a.example.com");
}

#[tokio::test]
async fn with_every_kind_of_account_key() {
    for key in [Key::es384(), Key::eddsa(), Key::rs256()] {
        let alg = key.alg;
        let (ca, client) = ca_and_client_with(CaOptions::default(), key).await;
        let chain = issue(&client, &["a.example.com"]).await.chain;
        assert!(chain.starts_with("-----BEGIN CERTIFICATE-----"), "{alg}");
        ca.stop().expect("nothing to write");
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
        names.iter().map(|name| async { issue(&client, &[name]).await.chain }),
    )
    .await;
    for (chain, name) in chains.iter().zip(&names) {
        verify(&ca, chain, name);
    }
}
