//! Requests broken in one way each, and the answers that RFC 8555 wants for them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, Draft, Key, base64url, ca_and_client};

type Break = fn(&mut Draft, &Client);

fn edit(draft: &mut Draft, member: &str, value: Value) {
    draft.protected[member] = value;
}

fn remove(draft: &mut Draft, member: &str) {
    draft.protected.as_object_mut().expect("an object").remove(member);
}

/// Sends a good POST to `resource` with `payload`, broken by each case in turn.
async fn try_all(client: &Client, url: &str, payload: &str, cases: &[(&str, Break, u16, &str)]) {
    for (name, spoil, status, error_type) in cases {
        let mut draft = client.draft(url, payload).await;
        spoil(&mut draft, client);
        let is_post = draft.method == Method::POST;
        let answer = client.send(draft).await;
        assert_eq!(
            (answer.status, &*answer.error_type()),
            (*status, *error_type),
            "{name}: {answer:?}"
        );
        assert_eq!(answer.headers.contains_key("replay-nonce"), is_post, "{name}");
        let index =
            format!("{}/directory", client.directory["meta"]["website"].as_str().expect("a URL"));
        assert!(answer.has_link(&index, "index"), "{name}");
    }
}

#[rustfmt::skip]
const BY_ACCOUNT: &[(&str, Break, u16, &str)] = &[
    ("no content type", |d, _| d.headers.clear(), 415, "malformed"),
    ("wrong content type", |d, _| d.headers[0].1 = "application/json".into(), 415, "malformed"),
    ("nonce as header", |d, _| d.headers.push(("replay-nonce", "x".into())), 400, "malformed"),
    ("empty body", |d, _| d.body = Some(String::new()), 400, "malformed"),
    ("large body", |d, _| d.body = Some("x".repeat(70_000)), 413, "malformed"),
    ("PUT", |d, _| d.method = Method::PUT, 405, "malformed"),
    ("GET", |d, _| d.method = Method::GET, 405, "malformed"),
    ("not JSON", |d, _| d.body = Some("x".into()), 400, "malformed"),
    ("compact JWS", |d, _| d.body = Some("e30.e30.AA".into()), 400, "malformed"),
    ("array", |d, _| d.body = Some("[\"e30\",\"\",\"AA\"]".into()), 400, "malformed"),
    ("unprotected header", |d, _| d.spoil = Some(|j| j["header"] = json!({})), 400, "malformed"),
    ("signatures array", |d, _| d.spoil = Some(|j| j["signatures"] = json!([])), 400, "malformed"),
    ("empty signature", |d, _| d.spoil = Some(|j| j["signature"] = json!("")), 400, "malformed"),
    ("no payload", |d, _| d.spoil = Some(|j| { j.as_object_mut().expect("object").remove("payload"); }), 400, "malformed"),
    ("padding", |d, _| d.spoil = Some(|j| j["payload"] = json!("e30=")), 400, "malformed"),
    ("other payload", |d, _| d.spoil = Some(|j| j["payload"] = json!("e30")), 400, "malformed"),
    ("no alg", |d, _| remove(d, "alg"), 400, "malformed"),
    ("alg none", |d, _| edit(d, "alg", json!("none")), 400, "badSignatureAlgorithm"),
    ("alg HS256", |d, _| edit(d, "alg", json!("HS256")), 400, "badSignatureAlgorithm"),
    ("alg PS256", |d, _| edit(d, "alg", json!("PS256")), 400, "badSignatureAlgorithm"),
    ("alg of another key", |d, _| edit(d, "alg", json!("ES384")), 400, "malformed"),
    ("crit", |d, _| edit(d, "crit", json!(["b64"])), 400, "malformed"),
    ("jwk and kid", |d, c| edit(d, "jwk", c.key.jwk.clone()), 400, "malformed"),
    ("neither jwk nor kid", |d, _| remove(d, "kid"), 400, "malformed"),
    ("jwk for kid", |d, c| { remove(d, "kid"); edit(d, "jwk", c.key.jwk.clone()); }, 400, "malformed"),
    ("foreign kid", |d, _| edit(d, "kid", json!("https://other.example/acme/account/1")), 400, "malformed"),
    ("unknown kid", |d, c| edit(d, "kid", json!(format!("{}000", c.kid.as_deref().expect("registered")))), 400, "accountDoesNotExist"),
    ("kid without number", |d, c| edit(d, "kid", json!(format!("{}x", c.kid.as_deref().expect("registered")))), 400, "accountDoesNotExist"),
    ("other key", |d, _| d.key = Some(Key::es256()), 400, "malformed"),
    ("no nonce", |d, _| remove(d, "nonce"), 400, "badNonce"),
    ("unknown nonce", |d, _| edit(d, "nonce", json!("AAAA")), 400, "badNonce"),
    ("nonce not base64url", |d, _| edit(d, "nonce", json!("a+b/=")), 400, "malformed"),
    ("no url", |d, _| remove(d, "url"), 400, "malformed"),
    ("other url", |d, _| { let url = format!("{}x", d.url); edit(d, "url", json!(url)); }, 403, "unauthorized"),
    ("other path", |d, _| d.url.push('x'), 404, "malformed"),
    ("other query", |d, _| d.url.push_str("?x"), 403, "unauthorized"),
    ("payload not JSON", |d, _| d.payload = "x".into(), 400, "malformed"),
    ("payload an array", |d, _| d.payload = "[]".into(), 400, "malformed"),
    ("payload empty", |d, _| d.payload.clear(), 400, "malformed"),
    ("no identifiers", |d, _| d.payload = "{}".into(), 400, "malformed"),
    ("empty identifiers", |d, _| d.payload = r#"{"identifiers":[]}"#.into(), 400, "malformed"),
    ("identifier an array", |d, _| d.payload = r#"{"identifiers":[["dns","a.com"]]}"#.into(), 400, "malformed"),
    ("type email", |d, _| d.payload = r#"{"identifiers":[{"type":"email","value":"a@b.c"}]}"#.into(), 400, "unsupportedIdentifier"),
    ("no address", |d, _| d.payload = r#"{"identifiers":[{"type":"ip","value":"::0"}]}"#.into(), 400, "rejectedIdentifier"),
    ("unknown profile", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":"a.com"}],"profile":"x"}"#.into(), 400, "invalidProfile"),
    ("replaces nonsense", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":"a.com"}],"replaces":"x"}"#.into(), 400, "malformed"),
    ("empty value", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":""}]}"#.into(), 400, "malformed"),
    ("bad name", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":"a_b.com"}]}"#.into(), 400, "rejectedIdentifier"),
    ("wildcard", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":"*.a.com"}]}"#.into(), 400, "unsupportedIdentifier"),
    ("notBefore", |d, _| d.payload = r#"{"identifiers":[{"type":"dns","value":"a.com"}],"notBefore":"2030-01-01T00:00:00Z"}"#.into(), 400, "malformed"),
    ("too many names", |d, _| d.payload = json!({"identifiers": (0..101).map(|i| json!({"type": "dns", "value": format!("n{i}.com")})).collect::<Vec<_>>()}).to_string(), 400, "malformed"),
];

const GOOD_ORDER: &str = r#"{"identifiers":[{"type":"dns","value":"a.com"}]}"#;

#[tokio::test]
async fn by_account() {
    let (_ca, client) = ca_and_client().await;
    let url = client.resource("newOrder");
    try_all(&client, &url, GOOD_ORDER, BY_ACCOUNT).await;
    let good = client.send(client.draft(&url, GOOD_ORDER).await).await;
    assert_eq!(good.status, 201, "unbroken, it is right: {good:?}");
}

fn with_jwk(draft: &mut Draft, member: &str, value: Value) {
    draft.protected["jwk"][member] = value;
}

#[rustfmt::skip]
const BY_KEY: &[(&str, Break, u16, &str)] = &[
    ("kid for jwk", |d, _| { remove(d, "jwk"); edit(d, "kid", json!("x")); }, 400, "malformed"),
    ("jwk not an object", |d, _| edit(d, "jwk", json!("x")), 400, "malformed"),
    ("jwk without x", |d, _| { d.protected["jwk"].as_object_mut().expect("object").remove("x"); }, 400, "malformed"),
    ("jwk off the curve", |d, _| with_jwk(d, "x", json!(base64url([1; 32]))), 400, "malformed"),
    ("jwk with other alg", |d, _| with_jwk(d, "alg", json!("RS256")), 400, "malformed"),
    ("private jwk", |d, _| with_jwk(d, "d", json!("AA")), 400, "malformed"),
    ("jwk of another key", |d, _| edit(d, "jwk", Key::es256().jwk), 400, "malformed"),
    ("symmetric jwk", |d, _| edit(d, "jwk", json!({"kty": "oct", "k": "AA"})), 400, "badPublicKey"),
    ("weak jwk", |d, _| edit(d, "jwk", json!({"kty": "RSA", "n": base64url([255; 128]), "e": "AQAB"})), 400, "badPublicKey"),
    ("terms not agreed", |d, _| d.payload = "{}".into(), 403, "userActionRequired"),
    ("only existing", |d, _| d.payload = r#"{"onlyReturnExisting":true}"#.into(), 400, "accountDoesNotExist"),
    ("contact no list", |d, _| d.payload = r#"{"contact":"mailto:a@b.c"}"#.into(), 400, "malformed"),
    ("contact tel", |d, _| d.payload = r#"{"termsOfServiceAgreed":true,"contact":["tel:1"]}"#.into(), 400, "unsupportedContact"),
    ("contact empty", |d, _| d.payload = r#"{"termsOfServiceAgreed":true,"contact":[""]}"#.into(), 400, "invalidContact"),
    ("POST-as-GET", |d, _| d.payload.clear(), 400, "malformed"),
];

#[tokio::test]
async fn by_key() {
    let (ca, _client) = ca_and_client().await;
    let newcomer = Client::new(&ca, Key::es256()).await;
    let url = newcomer.resource("newAccount");
    let payload = r#"{"termsOfServiceAgreed":true}"#;
    try_all(&newcomer, &url, payload, BY_KEY).await;
    let good = newcomer.send(newcomer.draft(&url, payload).await).await;
    assert_eq!(good.status, 201, "unbroken, it is right: {good:?}");
}

#[tokio::test]
async fn a_nonce_works_once_and_only_a_verified_request_uses_it_up() {
    let (_ca, client) = ca_and_client().await;
    let url = client.resource("newOrder");
    let nonce = client.nonce().await;
    let with_nonce = || async {
        let mut draft = client.draft(&url, GOOD_ORDER).await;
        edit(&mut draft, "nonce", json!(nonce));
        draft
    };
    let mut forged = with_nonce().await;
    forged.key = Some(Key::es256());
    assert_eq!(client.send(forged).await.error_type(), "malformed");
    assert_eq!(client.send(with_nonce().await).await.status, 201);
    let replayed = client.send(with_nonce().await).await;
    assert_eq!((replayed.status, &*replayed.error_type()), (400, "badNonce"));

    let mut again = client.draft(&url, GOOD_ORDER).await;
    edit(&mut again, "nonce", json!(replayed.header("replay-nonce")));
    assert_eq!(client.send(again).await.status, 201, "the error's nonce is good");
}

#[tokio::test]
async fn problems_carry_what_goes_with_them() {
    let (ca, client) = ca_and_client().await;
    let order = client.resource("newOrder");
    let mut draft = client.draft(&order, GOOD_ORDER).await;
    edit(&mut draft, "alg", json!("none"));
    let algorithms = client.send(draft).await.json()["algorithms"].clone();
    assert_eq!(algorithms, json!(["ES256", "ES384", "RS256", "EdDSA"]));

    let mut draft = client.draft(&order, "").await;
    draft.method = Method::GET;
    assert_eq!(client.send(draft).await.header("allow"), "POST");
    let mut draft = client.draft(&client.resource("newNonce"), "").await;
    draft.method = Method::PUT;
    assert_eq!(client.send(draft).await.header("allow"), "GET, HEAD, POST");

    let newcomer = Client::new(&ca, Key::es256()).await;
    let answer = newcomer.post(&newcomer.resource("newAccount"), &json!({})).await;
    let terms = newcomer.directory["meta"]["termsOfService"].as_str().expect("a URL");
    assert_eq!(answer.json()["instance"], terms);
    assert!(answer.has_link(terms, "terms-of-service"), "{answer:?}");
}
