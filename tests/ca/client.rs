//! The least ACME client that can ask for anything, also for what no client should.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use coyote::ca::{CaOptions, RunningCa};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::responder;

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A key with what JWS needs to know of it.
pub(crate) struct Key {
    pub(crate) alg: &'static str,
    pub(crate) jwk: Value,
    pub(crate) sign: Sign,
}

impl Key {
    pub(crate) fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self::ecdsa("ES256", "P-256", pair)
    }

    pub(crate) fn es384() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
        Self::ecdsa("ES384", "P-384", pair)
    }

    pub(crate) fn ecdsa(alg: &'static str, crv: &str, pair: EcdsaKeyPair) -> Self {
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = json!({"kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y)});
        let sign = move |message: &[u8]| {
            pair.sign(&SystemRandom::new(), message).expect("it signs").as_ref().to_vec()
        };
        Self { alg, jwk, sign: Box::new(sign) }
    }

    pub(crate) fn eddsa() -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let x = base64url(pair.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
        Self { alg: "EdDSA", jwk, sign: Box::new(move |m| pair.sign(m).as_ref().to_vec()) }
    }

    pub(crate) fn rs256() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let n = base64url(pair.public_key().modulus().big_endian_without_leading_zero());
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB"});
        let sign = move |message: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                .expect("it signs");
            signature
        };
        Self { alg: "RS256", jwk, sign: Box::new(sign) }
    }

    /// RFC 7638; `serde_json` sorts the members as it wants them.
    pub(crate) fn thumbprint(&self) -> String {
        base64url(digest(&SHA256, self.jwk.to_string().as_bytes()))
    }
}

/// An HTTP answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// Whether there is a header `Link: <url>;rel="relation"`.
    pub(crate) fn has_link(&self, url: &str, relation: &str) -> bool {
        let link = format!("<{url}>;rel=\"{relation}\"");
        self.headers.get_all("link").iter().any(|header| header.as_bytes() == link.as_bytes())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The error type without its prefix; also checks the form of the problem document.
    pub(crate) fn error_type(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{self:?}");
        let error_type = problem["type"].as_str().expect("a type");
        error_type.strip_prefix("urn:ietf:params:acme:error:").expect("an ACME type").to_owned()
    }
}

/// A request that a test can spoil before it is sent.
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The protected header.
    pub(crate) protected: Value,
    pub(crate) payload: String,
    /// Signs instead of the account's key.
    pub(crate) key: Option<Key>,
    /// Changes the JWS after it was signed.
    pub(crate) spoil: Option<fn(&mut Value)>,
    /// Sent in place of the JWS.
    pub(crate) body: Option<String>,
}

/// An account key, and its account once registered.
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) directory: Value,
    pub(crate) key: Key,
    pub(crate) kid: Option<String>,
}

impl Client {
    pub(crate) async fn new(ca: &RunningCa, key: Key) -> Self {
        let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        // reqwest is built without a provider of its own; a second call changes nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        if let Some(root) = ca.https_root_pem() {
            let root = reqwest::Certificate::from_pem(root.as_bytes()).expect("PEM");
            builder = builder.tls_certs_only([root]);
        }
        let http = builder.build().expect("a client");
        let answer = http.get(ca.directory_url()).send().await.expect("an answer");
        let text = answer.text().await.expect("text");
        let directory = serde_json::from_str(&text).expect("JSON");
        Self { http, directory, key, kid: None }
    }

    /// A registered account of `ca`.
    pub(crate) async fn registered(ca: &RunningCa) -> Self {
        let mut client = Self::new(ca, Key::es256()).await;
        client.register().await;
        client
    }

    pub(crate) async fn register(&mut self) {
        let payload = json!({"termsOfServiceAgreed": true, "contact": ["mailto:a@example.com"]});
        let answer = self.post(&self.resource("newAccount"), &payload).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        self.kid = Some(answer.header("location").to_owned());
    }

    pub(crate) fn resource(&self, name: &str) -> String {
        self.directory[name].as_str().expect(name).to_owned()
    }

    pub(crate) async fn nonce(&self) -> String {
        let answer = self.http.head(self.resource("newNonce")).send().await.expect("an answer");
        answer.headers()["replay-nonce"].to_str().expect("ASCII").to_owned()
    }

    /// A good request, by `kid` if there is an account.
    pub(crate) async fn draft(&self, url: &str, payload: impl Into<String>) -> Draft {
        let mut protected = json!({"alg": self.key.alg, "nonce": self.nonce().await, "url": url});
        match &self.kid {
            Some(kid) => protected["kid"] = json!(kid),
            None => protected["jwk"] = self.key.jwk.clone(),
        }
        Draft {
            method: Method::POST,
            url: url.to_owned(),
            headers: vec![("content-type", "application/jose+json".to_owned())],
            protected,
            payload: payload.into(),
            key: None,
            spoil: None,
            body: None,
        }
    }

    pub(crate) async fn send(&self, draft: Draft) -> Answer {
        let key = draft.key.as_ref().unwrap_or(&self.key);
        let protected = base64url(draft.protected.to_string());
        let payload = base64url(&draft.payload);
        let signature = (key.sign)(format!("{protected}.{payload}").as_bytes());
        let mut jws = json!({
            "protected": protected, "payload": payload, "signature": base64url(signature),
        });
        if let Some(spoil) = draft.spoil {
            spoil(&mut jws);
        }
        let mut request = self.http.request(draft.method, &draft.url);
        for (name, value) in draft.headers {
            request = request.header(name, value);
        }
        let body = draft.body.unwrap_or_else(|| jws.to_string());
        let answer = request.body(body).send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.expect("text") }
    }

    pub(crate) async fn post(&self, url: &str, payload: &Value) -> Answer {
        self.send(self.draft(url, payload.to_string()).await).await
    }

    /// POST-as-GET.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(self.draft(url, "").await).await
    }

    pub(crate) async fn new_order(&self, names: &[&str]) -> Answer {
        self.new_order_with(names, json!({})).await
    }

    /// As [`Self::new_order`], with the members of `rest` besides.
    pub(crate) async fn new_order_with(&self, names: &[&str], rest: Value) -> Answer {
        let mut payload = rest;
        payload["identifiers"] = names.iter().map(|name| identifier(name)).collect();
        self.post(&self.resource("newOrder"), &payload).await
    }

    /// Orders `names`, answers all challenges and waits; gives the order's URL and the order.
    pub(crate) async fn authorized_order(&self, names: &[&str]) -> (String, Value) {
        self.authorize(self.new_order(names).await).await
    }

    /// Answers all challenges of the order that `answer` brought, and waits; gives the order's URL
    /// and the order.
    pub(crate) async fn authorize(&self, answer: Answer) -> (String, Value) {
        assert_eq!(answer.status, 201, "{answer:?}");
        let url = answer.header("location").to_owned();
        for authz in answer.json()["authorizations"].as_array().expect("a list") {
            self.prove(authz.as_str().expect("a URL")).await;
        }
        let order = self.poll(&url, "pending").await;
        (url, order)
    }

    /// Orders `identifier`, lets `publish` see the challenge of type `kind` and its key
    /// authorization, asks for its validation, and gives the challenge as it then is.
    pub(crate) async fn validated(
        &self,
        identifier: Value,
        kind: &str,
        publish: impl FnOnce(&str),
    ) -> Value {
        let order = json!({"identifiers": [identifier]});
        let order = self.post(&self.resource("newOrder"), &order).await;
        assert_eq!(order.status, 201, "{order:?}");
        let authz_url = order.json()["authorizations"][0].as_str().expect("a URL").to_owned();
        let authz = self.get(&authz_url).await.json();
        let challenges = authz["challenges"].as_array().expect("a list");
        let challenge = challenges
            .iter()
            .find(|challenge| challenge["type"] == kind)
            .unwrap_or_else(|| panic!("no {kind} in {authz}"));
        let token = challenge["token"].as_str().expect("a token");
        publish(&format!("{token}.{}", self.key.thumbprint()));
        let url = challenge["url"].as_str().expect("a URL");
        assert_eq!(self.post(url, &json!({})).await.status, 200);
        self.poll(&authz_url, "pending").await;
        self.get(url).await.json()
    }

    /// Answers the first challenge of the authorization at `url`.
    pub(crate) async fn prove(&self, url: &str) {
        let authz = self.get(url).await.json();
        let challenge = authz["challenges"][0]["url"].as_str().expect("a URL");
        let answer = self.post(challenge, &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// The object at `url` once its status is no longer `status`.
    pub(crate) async fn poll(&self, url: &str, status: &str) -> Value {
        for _ in 0..1500 {
            let object = self.get(url).await.json();
            if object["status"] != status {
                return object;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{url} stays {status}");
    }
}

/// The error type of a challenge that was refused, without its prefix; empty if it is valid.
pub(crate) fn challenge_error(challenge: &Value) -> String {
    match challenge["status"].as_str() {
        Some("valid") => String::new(),
        Some("invalid") => {
            let error_type = challenge["error"]["type"].as_str().expect("a type");
            error_type.strip_prefix("urn:ietf:params:acme:error:").expect("an ACME type").to_owned()
        }
        _ => panic!("undecided: {challenge}"),
    }
}

/// As orders have it, for a name or an IP address.
pub(crate) fn identifier(name: &str) -> Value {
    let kind = if name.parse::<std::net::IpAddr>().is_ok() { "ip" } else { "dns" };
    json!({"type": kind, "value": name})
}

/// A running CA and an account that its validations find the answers of.
pub(crate) async fn ca_and_client() -> (RunningCa, Client) {
    ca_and_client_with(CaOptions::default(), Key::es256()).await
}

pub(crate) async fn ca_and_client_with(options: CaOptions, key: Key) -> (RunningCa, Client) {
    let http_port = responder::start(key.thumbprint()).await.port();
    let ca =
        RunningCa::start(&CaOptions { http_port: Some(http_port), ..options }).expect("it starts");
    let mut client = Client::new(&ca, key).await;
    client.register().await;
    (ca, client)
}
