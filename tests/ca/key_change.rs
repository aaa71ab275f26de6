//! Changing account keys (RFC 8555 §7.3.5).

use coyote::ca::{CaOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Answer, Client, Key, base64url};

/// The inner request; a test spoils one thing.
struct Inner {
    header: Value,
    payload: Value,
}

type Spoil<'a> = &'a dyn Fn(&mut Inner);

impl Inner {
    fn new(client: &Client, new: &Key) -> Self {
        Self {
            header: json!({"alg": new.alg, "jwk": new.jwk, "url": client.resource("keyChange")}),
            payload: json!({"account": client.kid, "oldKey": client.key.jwk}),
        }
    }

    fn sign(&self, key: &Key) -> Value {
        let protected = base64url(self.header.to_string());
        let payload = base64url(self.payload.to_string());
        let signature = (key.sign)(format!("{protected}.{payload}").as_bytes());
        json!({"protected": protected, "payload": payload, "signature": base64url(signature)})
    }
}

/// Asks for `new` in place of the client's key.
pub(crate) async fn change(client: &Client, new: &Key) -> Answer {
    let inner = Inner::new(client, new).sign(new);
    client.post(&client.resource("keyChange"), &inner).await
}

fn started() -> RunningCa {
    RunningCa::start(&CaOptions { threads: 2, ..CaOptions::default() }).expect("it starts")
}

#[tokio::test]
async fn the_account_goes_on_with_its_new_key_only() {
    let ca = started();
    let mut client = Client::registered(&ca).await;
    let kid = client.kid.clone().expect("registered");
    let new = Key::eddsa();
    let answer = change(&client, &new).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("valid")), "{answer:?}");

    assert_eq!(client.get(&kid).await.error_type(), "malformed", "the old key no longer signs");
    let old = std::mem::replace(&mut client.key, new);
    assert_eq!(client.get(&kid).await.status, 200);
    client.kid = None;
    let only = json!({"onlyReturnExisting": true});
    let found = client.post(&client.resource("newAccount"), &only).await;
    assert_eq!((found.status, found.header("location")), (200, &*kid));
    client.key = old;
    let gone = client.post(&client.resource("newAccount"), &only).await;
    assert_eq!(gone.error_type(), "accountDoesNotExist");
    client.register().await;
    assert_ne!(client.kid, Some(kid), "the old key is free for another account");
}

#[tokio::test]
async fn a_key_in_use_leads_to_its_account() {
    let ca = started();
    let (client, other) = (Client::registered(&ca).await, Client::registered(&ca).await);
    let answer = change(&client, &other.key).await;
    assert_eq!((answer.status, Some(answer.header("location"))), (409, other.kid.as_deref()));
    assert_eq!(answer.error_type(), "malformed");
    assert_eq!(client.get(client.kid.as_deref().expect("registered")).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_inside_is_told() {
    let ca = started();
    let client = Client::registered(&ca).await;
    let other = Client::registered(&ca).await;
    let (url, new) = (client.resource("keyChange"), Key::es256());
    let cases: &[(&str, Spoil<'_>, &str)] = &[
        ("no jwk", &|i| drop(i.header.as_object_mut().map(|h| h.remove("jwk"))), "malformed"),
        (
            "kid",
            &|i| i.header = json!({"alg": "ES256", "kid": client.kid, "url": url}),
            "malformed",
        ),
        ("other jwk", &|i| i.header["jwk"] = Key::es256().jwk, "malformed"),
        ("no alg", &|i| i.header["alg"] = json!("none"), "badSignatureAlgorithm"),
        (
            "weak key",
            &|i| i.header["jwk"] = json!({"kty": "RSA", "n": base64url([255; 128]), "e": "AQAB"}),
            "badPublicKey",
        ),
        ("no url", &|i| drop(i.header.as_object_mut().map(|h| h.remove("url"))), "malformed"),
        ("other url", &|i| i.header["url"] = json!(client.resource("newOrder")), "malformed"),
        ("nonce", &|i| i.header["nonce"] = json!("AAAA"), "malformed"),
        ("other account", &|i| i.payload["account"] = json!(other.kid), "malformed"),
        ("no account", &|i| i.payload["account"] = json!(null), "malformed"),
        ("other oldKey", &|i| i.payload["oldKey"] = other.key.jwk.clone(), "malformed"),
        ("no oldKey", &|i| i.payload["oldKey"] = json!(null), "malformed"),
    ];
    for (what, spoil, error_type) in cases {
        let mut inner = Inner::new(&client, &new);
        spoil(&mut inner);
        let answer = client.post(&url, &inner.sign(&new)).await;
        assert_eq!((answer.status, &*answer.error_type()), (400, *error_type), "{what}");
    }
    let forged = Inner::new(&client, &new).sign(&Key::es256());
    assert_eq!(client.post(&url, &forged).await.error_type(), "malformed");
    assert_eq!(client.post(&url, &json!({})).await.error_type(), "malformed");
    assert_eq!(change(&client, &client.key).await.error_type(), "malformed", "the same key");
    assert_eq!(change(&client, &new).await.status, 200, "unspoilt, it is right");
}

#[tokio::test]
async fn of_concurrent_changes_one_wins() {
    let ca = started();
    let clients = futures_util::future::join_all((0..8).map(|_| Client::registered(&ca))).await;
    let new = Key::es256();
    let answers =
        futures_util::future::join_all(clients.iter().map(|client| change(client, &new))).await;
    let (won, lost): (Vec<_>, Vec<_>) =
        clients.iter().zip(&answers).partition(|(_, answer)| answer.status == 200);
    assert_eq!(won.len(), 1);
    for (client, answer) in lost {
        assert_eq!(
            (answer.status, Some(answer.header("location"))),
            (409, won[0].0.kid.as_deref())
        );
        assert_eq!(client.get(client.kid.as_deref().expect("registered")).await.status, 200);
    }

    let client = Client::registered(&ca).await;
    let keys: Vec<Key> = (0..8).map(|_| Key::es256()).collect();
    let answers = futures_util::future::join_all(keys.iter().map(|key| change(&client, key))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}
