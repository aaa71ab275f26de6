//! External account binding (RFC 8555 §7.3.4).

use aws_lc_rs::hmac;
use coyote::ca::{CaOptions, EabKey, EabOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Client, Key, base64url};

const SECRET: &[u8] = b"a secret of thirty-two bytes....";

fn started(required: bool, keys: &[(&str, &[u8])]) -> RunningCa {
    let key = |(kid, key): &(&str, &[u8])| EabKey { kid: (*kid).into(), mac_key: key.to_vec() };
    let eab = EabOptions { required, keys: keys.iter().map(key).collect() };
    RunningCa::start(&CaOptions { eab, ..CaOptions::default() }).expect("it starts")
}

/// What a binding is made of; a test spoils one thing.
struct Draft {
    header: Value,
    payload: String,
    algorithm: hmac::Algorithm,
    mac_key: Vec<u8>,
}

type Spoil = fn(&mut Draft);

impl Draft {
    fn new(client: &Client) -> Self {
        Self {
            header: json!({"alg": "HS256", "kid": "one", "url": client.resource("newAccount")}),
            payload: client.key.jwk.to_string(),
            algorithm: hmac::HMAC_SHA256,
            mac_key: SECRET.to_vec(),
        }
    }

    fn sign(&self) -> Value {
        let (protected, payload) = (base64url(self.header.to_string()), base64url(&self.payload));
        let key = hmac::Key::new(self.algorithm, &self.mac_key);
        let mac = hmac::sign(&key, format!("{protected}.{payload}").as_bytes());
        json!({"protected": protected, "payload": payload, "signature": base64url(mac)})
    }
}

async fn register(client: &Client, binding: &Value) -> crate::client::Answer {
    let payload = json!({"termsOfServiceAgreed": true, "externalAccountBinding": binding});
    client.post(&client.resource("newAccount"), &payload).await
}

#[tokio::test]
async fn a_bound_account_is_made_and_shows_its_binding() {
    let ca = started(true, &[("other", b"x"), ("one", SECRET)]);
    for (alg, algorithm) in
        [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        let mut client = Client::new(&ca, Key::es256()).await;
        assert_eq!(client.directory["meta"]["externalAccountRequired"], true);
        let mut draft = Draft::new(&client);
        draft.header["alg"] = json!(alg);
        draft.algorithm = algorithm;
        let binding = draft.sign();
        let answer = register(&client, &binding).await;
        assert_eq!(answer.status, 201, "{alg}: {answer:?}");
        assert_eq!(answer.json()["externalAccountBinding"], binding);
        client.kid = Some(answer.header("location").to_owned());
        let account = client.get(answer.header("location")).await;
        assert_eq!(account.json()["externalAccountBinding"], binding);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_binding_is_told() {
    let ca = started(true, &[("one", SECRET), ("two", b"other")]);
    let client = Client::new(&ca, Key::es256()).await;
    let payload = json!({"termsOfServiceAgreed": true});
    let none = client.post(&client.resource("newAccount"), &payload).await;
    assert_eq!((none.status, &*none.error_type()), (403, "externalAccountRequired"));

    let cases: &[(&str, Spoil, u16, &str)] = &[
        ("no MAC", |d| d.header["alg"] = json!("ES256"), 400, "malformed"),
        ("nonce", |d| d.header["nonce"] = json!("AAAA"), 400, "malformed"),
        ("no kid", |d| drop(d.header.as_object_mut().map(|h| h.remove("kid"))), 400, "malformed"),
        ("no url", |d| drop(d.header.as_object_mut().map(|h| h.remove("url"))), 400, "malformed"),
        ("other url", |d| d.header["url"] = json!("http://a.com/"), 400, "malformed"),
        ("unknown kid", |d| d.header["kid"] = json!("three"), 403, "unauthorized"),
        ("other kid", |d| d.header["kid"] = json!("two"), 403, "unauthorized"),
        ("other MAC key", |d| d.mac_key = b"other".to_vec(), 403, "unauthorized"),
        ("other algorithm", |d| d.algorithm = hmac::HMAC_SHA512, 403, "unauthorized"),
        ("other key", |d| d.payload = Key::es256().jwk.to_string(), 400, "malformed"),
        ("no JWK", |d| d.payload = "{}".to_owned(), 400, "malformed"),
    ];
    for (what, spoil, status, error_type) in cases {
        let mut draft = Draft::new(&client);
        spoil(&mut draft);
        let answer = register(&client, &draft.sign()).await;
        assert_eq!((answer.status, &*answer.error_type()), (*status, *error_type), "{what}");
    }
    for binding in [json!("x"), json!({}), json!([])] {
        assert_eq!(register(&client, &binding).await.error_type(), "malformed", "{binding}");
    }
    assert_eq!(register(&client, &Draft::new(&client).sign()).await.status, 201);
}

#[tokio::test]
async fn where_bindings_are_optional_they_are_checked_or_ignored() {
    let ca = started(false, &[("one", SECRET)]);
    let client = Client::registered(&ca).await;
    assert_eq!(client.directory["meta"]["externalAccountRequired"], false);
    let client = Client::new(&ca, Key::es256()).await;
    let mut draft = Draft::new(&client);
    draft.mac_key.clear();
    assert_eq!(register(&client, &draft.sign()).await.error_type(), "unauthorized");

    let ca = started(false, &[]);
    let client = Client::new(&ca, Key::es256()).await;
    let answer = register(&client, &Draft::new(&client).sign()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.json().get("externalAccountBinding").is_none(), "it was not verified");
}
