//! The management interface: faults come and go while the CA runs.

use coyote::ca::{CaOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Client, Key, base64url, ca_and_client_with};
use crate::issue::issue;

async fn ask(method: &str, url: &str, body: &str) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let request = reqwest::Client::new().request(method, url).body(body.to_owned());
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("text");
    (status, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")))
}

#[tokio::test]
async fn faults_come_and_go_while_it_runs() {
    let management_addr = Some("127.0.0.1:0".parse().expect("an address"));
    let ca = RunningCa::start(&CaOptions { management_addr, ..CaOptions::default() })
        .expect("it starts");
    let faults = format!("http://{}/faults", ca.management_addr().expect("it was asked for"));
    let client = Client::registered(&ca).await;

    let (status, _) = ask("POST", &faults, r#"{"fault": "new-order:503:1"}"#).await;
    assert_eq!(status, 201);
    assert_eq!(client.new_order(&["a.example"]).await.status, 503);
    let (_, set) = ask("GET", &faults, "").await;
    assert_eq!(set, json!({"faults": ["new-order:503=1:1"]}));
    assert_eq!(ask("DELETE", &faults, "").await, (200, json!({"ended": 1})));
    assert_eq!(client.new_order(&["a.example"]).await.status, 201);

    let (status, told) = ask("POST", &faults, r#"{"fault": "new-oder:503:1"}"#).await;
    assert_eq!(status, 400);
    assert!(told["error"].as_str().is_some_and(|error| error.contains("`new-order`")), "{told}");
    let (status, told) = ask("GET", &faults.replace("faults", "x"), "").await;
    assert!(status == 404 && told["paths"].is_array(), "{told}");
}

#[tokio::test]
async fn a_revoked_certificates_status_is_pebbles() {
    let management_addr = Some("127.0.0.1:0".parse().expect("an address"));
    let options = CaOptions { management_addr, ..CaOptions::default() };
    let (ca, client) = ca_and_client_with(options, Key::es256()).await;
    let issued = issue(&client, &["a.com"]).await;
    let leaf = pem::parse(&issued.chain).expect("PEM");
    let (_, certificate) = x509_parser::parse_x509_certificate(leaf.contents()).expect("DER");
    let serial = hex::encode(certificate.raw_serial());
    let addr = ca.management_addr().expect("it was asked for");
    let url = format!("http://{addr}/cert-status-by-serial/{serial}");

    let (status, valid) = ask("GET", &url, "").await;
    assert_eq!((status, &valid["Status"]), (200, &json!("Valid")));
    assert_eq!(valid["Serial"], serial.as_str());
    let shown = valid["Certificate"].as_str().expect("PEM");
    assert!(issued.chain.starts_with(shown), "{shown}");
    assert!(valid.get("Reason").is_none() && valid.get("RevokedAt").is_none(), "{valid}");

    let revocation = json!({"certificate": base64url(leaf.contents()), "reason": 4});
    assert_eq!(client.post(&client.resource("revokeCert"), &revocation).await.status, 200);
    let (_, revoked) = ask("GET", &url, "").await;
    assert_eq!((&revoked["Status"], &revoked["Reason"]), (&json!("Revoked"), &json!(4)));
    assert!(revoked["RevokedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{revoked}");
}
