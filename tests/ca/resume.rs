//! A CA that goes on with the tables of one before.

use coyote::ca::{CaOptions, RunningCa, StorePlace};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::{Client, Key, base64url},
    issue::{csr, finish, issue, openssl_verify},
    key_change, responder,
    revocation::crl,
    rows::kept_in,
};

/// A CA that keeps its tables in a file, and a client of it.
struct Kept {
    ca: RunningCa,
    client: Client,
    options: CaOptions,
    /// Of its tables; removed at the end.
    folder: TempDir,
}

impl Kept {
    async fn start() -> Self {
        let (folder, key) = (tempfile::tempdir().expect("it can be written"), Key::es256());
        let mut options = kept_in(StorePlace::File(folder.path().join("ca.sqlite")));
        options.http_port = Some(responder::start(key.thumbprint()).await.port());
        let ca = RunningCa::start(&options).expect("it starts");
        options.addr = ca.addr();
        let mut client = Client::new(&ca, key).await;
        client.register().await;
        Self { ca, client, options, folder }
    }

    /// Ends the CA and starts another; the client keeps nothing but key and account URL.
    async fn restarted(self) -> Self {
        let Self { ca, client, options, folder } = self;
        ca.stop().expect("everything is written");
        let ca = RunningCa::start(&options).expect("it goes on");
        let client = Client { kid: client.kid, ..Client::new(&ca, client.key).await };
        Self { ca, client, options, folder }
    }
}

#[tokio::test]
async fn an_account_is_known_by_its_key_and_keeps_its_contact() {
    let mut kept = Kept::start().await;
    let new = Key::es256();
    assert_eq!(key_change::change(&kept.client, &new).await.status, 200);
    kept.client.key = new;
    let mut kept = kept.restarted().await;
    let url = kept.client.kid.take().expect("registered");
    let known = json!({"onlyReturnExisting": true});
    let answer = kept.client.post(&kept.client.resource("newAccount"), &known).await;
    assert_eq!((answer.status, answer.header("location")), (200, &*url), "{answer:?}");
    assert_eq!(answer.json()["contact"], json!(["mailto:a@example.com"]));

    let other = Client::registered(&kept.ca).await;
    assert_ne!(other.kid, Some(url.clone()), "ids go on");
    kept.client.kid = Some(url.clone());
    kept.client.post(&url, &json!({"status": "deactivated"})).await;
    let kept = kept.restarted().await;
    assert_eq!(kept.client.get(&url).await.error_type(), "unauthorized");
}

#[tokio::test]
async fn unfinished_orders_go_on() {
    let kept = Kept::start().await;
    let (ready, _) = kept.client.authorized_order(&["a.com", "b.com"]).await;
    let pending = kept.client.new_order(&["c.com"]).await;
    let pending = (pending.header("location").to_owned(), pending.json());
    let kept = kept.restarted().await;

    assert_eq!(kept.client.get(&pending.0).await.json(), pending.1);
    let order = kept.client.get(&ready).await.json();
    let issued = finish(&kept.client, ready, &order, csr(&["a.com", "b.com"])).await;
    openssl_verify(kept.ca.root_pem(), &issued.chain, None, &[]).expect("it verifies");
}

#[tokio::test]
async fn dates_that_were_asked_for_are_kept() {
    let kept = Kept::start().await;
    let last = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    let last = last.replace_nanosecond(0).expect("a date");
    let text = last.format(&time::format_description::well_known::Rfc3339).expect("a date");
    let asked = kept.client.new_order_with(&["a.com"], json!({"notAfter": text})).await;
    let (url, order) = kept.client.authorize(asked).await;
    let kept = kept.restarted().await;
    let issued = finish(&kept.client, url, &order, csr(&["a.com"])).await;
    assert_eq!(issued.validity().1, last.unix_timestamp());
}

#[tokio::test]
async fn certificates_are_known_and_verify_against_the_same_root() {
    let kept = Kept::start().await;
    let (root, client) = (kept.ca.root_pem().to_owned(), &kept.client);
    let (revoked, replaced, other) = (
        issue(client, &["a.com"]).await,
        issue(client, &["b.com"]).await,
        issue(client, &["c.com"]).await,
    );
    let revoke = json!({"certificate": base64url(revoked.der()), "reason": 1});
    assert_eq!(client.post(&client.resource("revokeCert"), &revoke).await.status, 200);
    let replaces = json!({"replaces": replaced.cert_id()});
    assert_eq!(client.new_order_with(&["b.com"], replaces.clone()).await.status, 201);

    let kept = kept.restarted().await;
    let client = &kept.client;
    assert_eq!(kept.ca.root_pem(), root);
    let again = client.post(&client.resource("revokeCert"), &revoke).await;
    assert_eq!(again.error_type(), "alreadyRevoked");
    let again = client.new_order_with(&["b.com"], replaces).await;
    assert_eq!(again.error_type(), "alreadyReplaced");
    assert_eq!(client.get(other.url()).await.text, other.chain);
    let list = crl(&other).await;
    openssl_verify(&root, &other.chain, Some(&list), &[]).expect("it is good");
    openssl_verify(&root, &revoked.chain, Some(&list), &[]).expect_err("it is revoked");
    let revoke = json!({"certificate": base64url(other.der())});
    assert_eq!(client.post(&client.resource("revokeCert"), &revoke).await.status, 200);
}
