//! The ACME of early 2015, from registration to certificate, validated over real sockets.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use coyote::ca::{CaOptions, RunningCa};
use reqwest::Method;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{
    client::{Answer, Client, Draft, Key, base64url},
    issue::csr,
    tls_responder::TlsResponder,
};

struct V1 {
    ca: RunningCa,
    client: Client,
    server: TlsResponder,
}

impl V1 {
    async fn start() -> Self {
        let server = TlsResponder::start("127.0.0.1").await;
        let options =
            CaOptions { acme_v1: true, tls_port: Some(server.port), ..CaOptions::default() };
        let ca = RunningCa::start(&options).expect("it starts");
        let client = Client::new(&ca, Key::es256()).await;
        Self { ca, client, server }
    }

    async fn draft(&self, url: &str, payload: &Value) -> Draft {
        let head = self.client.http.head(self.client.resource("new-reg"));
        let head = head.send().await.expect("an answer");
        assert_eq!(head.status(), 200);
        let nonce = head.headers()["replay-nonce"].to_str().expect("ASCII").to_owned();
        let key = &self.client.key;
        Draft {
            method: Method::POST,
            url: url.to_owned(),
            headers: vec![],
            protected: json!({"alg": key.alg, "jwk": key.jwk, "nonce": nonce}),
            payload: payload.to_string(),
            key: None,
            spoil: None,
            body: None,
        }
    }

    async fn post(&self, url: &str, payload: &Value) -> Answer {
        let answer = self.client.send(self.draft(url, payload).await).await;
        assert!(!answer.header("replay-nonce").is_empty(), "{answer:?}");
        answer
    }

    async fn get(&self, url: &str) -> Answer {
        let answer = self.client.http.get(url).send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.expect("text") }
    }

    async fn register(&self) -> String {
        let payload = json!({"resource": "new-reg", "contact": ["mailto:a@example.com"]});
        let answer = self.post(&self.client.resource("new-reg"), &payload).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(answer.has_link(&self.client.resource("new-authz"), "next"), "{answer:?}");
        answer.header("location").to_owned()
    }

    async fn new_authz(&self, name: &str) -> (String, Value) {
        let payload = json!({"identifier": {"type": "dns", "value": name}});
        let answer = self.post(&self.client.resource("new-authz"), &payload).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(answer.has_link(&self.client.resource("new-cert"), "next"), "{answer:?}");
        (answer.header("location").to_owned(), answer.json())
    }

    /// Answers challenge number `index` of `authz` and gives the authorization when it is decided.
    async fn decided(&self, authz: &str, index: usize, payload: &Value) -> Value {
        let answer = self.post(&format!("{authz}/{index}"), payload).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert!(answer.has_link(authz, "up"), "{answer:?}");
        for _ in 0..500 {
            let polled = self.get(authz).await.json();
            if polled["status"] != "pending" {
                return polled;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{authz} stays pending");
    }

    async fn authorize_by_simple_https(&self, name: &str) {
        let (url, authz) = self.new_authz(name).await;
        let challenge = &authz["challenges"][0];
        assert_eq!(challenge["type"], "simpleHttps");
        self.server.show(name, &["whatever.example"], vec![], &[]);
        let token = challenge["token"].as_str().expect("a token");
        let path = name.replace('.', "-");
        self.server.page(&format!("/.well-known/acme-challenge/{path}"), token);
        let decided = self.decided(&url, 0, &json!({"type": "simpleHttps", "path": path})).await;
        assert_eq!(decided["status"], "valid", "{decided}");
    }
}

fn error_type(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    let problem = answer.json();
    let error_type = problem["type"].as_str().expect("a type");
    error_type.strip_prefix("urn:acme:error:").expect("a type of that time").to_owned()
}

#[tokio::test]
async fn a_registration_is_made_once_and_changed() {
    let v1 = V1::start().await;
    let url = v1.register().await;
    let terms = v1.ca.directory_url().replace("directory", "terms");
    let payload = json!({"resource": "reg", "agreement": terms, "contact": []});
    let answer = v1.post(&url, &payload).await;
    assert_eq!((answer.status, &answer.json()["agreement"]), (202, &json!(terms)));
    assert_eq!(answer.json()["key"], v1.client.key.thumbprint());

    let again = v1.post(&v1.client.resource("new-reg"), &json!({})).await;
    assert_eq!((again.status, error_type(&again)), (409, "malformed".to_owned()));
    assert_eq!(again.header("location"), url);
    for (payload, told) in [
        (json!({"agreement": "http://other/terms"}), "terms"),
        (json!({"resource": "new-reg"}), "resource"),
        (json!({"contact": ["tel:+1"]}), "contact"),
    ] {
        let answer = v1.post(&url, &payload).await;
        assert!(answer.status == 400 && answer.text.contains(told), "{answer:?}");
    }
}

#[tokio::test]
async fn simple_https_leads_to_a_certificate() {
    let v1 = V1::start().await;
    v1.register().await;
    v1.authorize_by_simple_https("a.example").await;
    let csr = json!({"resource": "new-cert", "csr": base64url(csr(&["a.example"]))});
    let answer = v1.client.send(v1.draft(&v1.client.resource("new-cert"), &csr).await).await;
    assert_eq!((answer.status, answer.header("content-type")), (201, "application/pkix-cert"));
    let url = answer.header("location").to_owned();
    let issuer_url = v1.ca.directory_url().replace("directory", "acme/issuer-cert");
    assert!(answer.has_link(&issuer_url, "up"), "{answer:?}");

    let der = async |url: &str| {
        let answer = v1.client.http.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a body")
    };
    let (leaf_der, issuer) = (der(&url).await, der(&issuer_url).await);
    let (_, leaf) = X509Certificate::from_der(&leaf_der).expect("DER");
    let (_, issuer) = X509Certificate::from_der(&issuer).expect("DER");
    leaf.verify_signature(Some(issuer.public_key())).expect("the issuer signed it");

    let payload = json!({"resource": "revoke-cert", "certificate": base64url(&leaf_der)});
    let revoke = v1.client.resource("revoke-cert");
    let answer = v1.post(&revoke, &payload).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let again = v1.post(&revoke, &payload).await;
    assert_eq!((again.status, error_type(&again)), (400, "alreadyRevoked".to_owned()));
}

#[tokio::test]
async fn dvsni_proves_a_name_by_a_certificate() {
    let v1 = V1::start().await;
    v1.register().await;
    let publish = |challenge: &Value, s: [u8; 32]| {
        let text = |member: &str| challenge[member].as_str().expect(member).to_owned();
        let r = BASE64_URL_SAFE_NO_PAD.decode(text("r")).expect("base64url");
        let z = hex::encode(digest(&SHA256, &[&r[..], &s].concat()));
        let asked = format!("{}.acme.invalid", text("nonce"));
        v1.server.show(&asked, &["a.example", &format!("{z}.acme.invalid")], vec![], &[]);
    };
    let (url, authz) = v1.new_authz("a.example").await;
    assert_eq!(authz["challenges"][1]["type"], "dvsni");
    publish(&authz["challenges"][1], [7; 32]);
    let decided = v1.decided(&url, 1, &json!({"type": "dvsni", "s": base64url([7; 32])})).await;
    assert_eq!(decided["status"], "valid", "{decided}");

    let (url, authz) = v1.new_authz("b.example").await;
    publish(&authz["challenges"][1], [7; 32]);
    let decided = v1.decided(&url, 1, &json!({"s": base64url([8; 32])})).await;
    assert_eq!(decided["status"], "invalid", "{decided}");
    let error = &decided["challenges"][1]["error"];
    assert_eq!(error["type"], "urn:acme:error:unauthorized", "{error}");
}

#[tokio::test]
async fn wrong_pages_prove_nothing() {
    let v1 = V1::start().await;
    v1.register().await;
    for (name, page, served, error_type) in [
        ("wrong.example", Some("x"), true, "unauthorized"),
        ("missing.example", None, true, "unauthorized"),
        ("silent.example", None, false, "connection"),
    ] {
        let (url, _) = v1.new_authz(name).await;
        if served {
            v1.server.show(name, &[name], vec![], &[]);
        }
        let path = name.replace('.', "-");
        if let Some(page) = page {
            v1.server.page(&format!("/.well-known/acme-challenge/{path}"), page);
        }
        let decided = v1.decided(&url, 0, &json!({"path": path})).await;
        assert_eq!(decided["status"], "invalid", "{name}");
        let error = &decided["challenges"][0]["error"];
        assert_eq!(error["type"], format!("urn:acme:error:{error_type}"), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_given_to_those_who_did_not_earn_it() {
    let v1 = V1::start().await;
    let payload = json!({"identifier": {"type": "dns", "value": "a.example"}});
    let answer = v1.post(&v1.client.resource("new-authz"), &payload).await;
    assert_eq!((answer.status, error_type(&answer)), (403, "unauthorized".to_owned()));
    v1.register().await;
    let csr = json!({"csr": base64url(csr(&["a.example"]))});
    let answer = v1.post(&v1.client.resource("new-cert"), &csr).await;
    assert_eq!((answer.status, error_type(&answer)), (403, "unauthorized".to_owned()));
    let (url, _) = v1.new_authz("a.example").await;
    for payload in [
        json!({}),
        json!({"path": "a/b"}),
        json!({"path": "a", "type": "dvsni"}),
        json!({"path": "a", "token": "other"}),
    ] {
        let answer = v1.post(&format!("{url}/0"), &payload).await;
        assert_eq!((answer.status, error_type(&answer)), (400, "malformed".to_owned()));
    }
    assert_eq!(v1.post(&format!("{url}/2"), &json!({})).await.status, 404);

    let mut replayed = v1.draft(&v1.client.resource("new-authz"), &payload_of("b.example")).await;
    replayed.protected["nonce"] = json!("AAAA");
    let answer = v1.client.send(replayed).await;
    assert_eq!((answer.status, error_type(&answer)), (400, "badNonce".to_owned()));
}

fn payload_of(name: &str) -> Value {
    json!({"identifier": {"type": "dns", "value": name}})
}

#[tokio::test]
async fn it_is_not_spoken_unless_asked_for() {
    let ca = RunningCa::start(&CaOptions::default()).expect("it starts");
    let client = Client::new(&ca, Key::es256()).await;
    assert!(client.directory["new-reg"].is_null());
    let url = ca.directory_url().replace("directory", "acme/new-reg");
    let answer = client.http.head(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
}
