//! HTTP-01 as the CA validates it.

use coyote::ca::{CaOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Client, Key, ca_and_client, ca_and_client_with};

/// The authorization of `name` after its validation, and its order.
async fn validated(client: &Client, name: &str) -> (Value, Value) {
    let (_, order) = client.authorized_order(&[name]).await;
    let authz = client.get(order["authorizations"][0].as_str().expect("a URL")).await.json();
    (authz, order)
}

/// Where nobody listens.
fn unused_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[tokio::test]
async fn good_answers_are_found() {
    let (_ca, client) = ca_and_client().await;
    for name in ["a.example.com", "newline.example", "moved.example", "relative.example"] {
        let (authz, order) = validated(&client, name).await;
        assert_eq!((&order["status"], &authz["status"]), (&json!("ready"), &json!("valid")));
        let challenge = &authz["challenges"][0];
        assert_eq!(challenge["status"], "valid", "{authz}");
        assert!(authz["challenges"][1].is_null(), "what decided it is shown, no more: {authz}");
        assert!(challenge["validated"].as_str().is_some_and(|time| time.ends_with('Z')));
        assert_eq!(authz["identifier"], json!({"type": "dns", "value": name}));
    }
}

#[tokio::test]
async fn failures_show_in_challenge_and_order() {
    let options = CaOptions { tls_port: Some(unused_port()), ..CaOptions::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    for (label, error_type, told) in [
        ("wrong", "unauthorized", "does not answer the key authorization"),
        ("missing", "unauthorized", "404"),
        ("large", "unauthorized", "more than"),
        ("loop", "connection", "more than 10 redirects"),
        ("elsewhere", "connection", "at a port"),
        ("secure", "connection", "connecting to 127.0.0.1"),
        ("address", "connection", "not a host name"),
        ("closing", "connection", "fetching"),
    ] {
        let (authz, order) = validated(&client, &format!("{label}.example")).await;
        assert_eq!((&order["status"], &authz["status"]), (&json!("invalid"), &json!("invalid")));
        let error = &authz["challenges"][0]["error"];
        assert_eq!(error["type"], format!("urn:ietf:params:acme:error:{error_type}"), "{label}");
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(told)), "{error}");
        assert_eq!(&order["error"], error);
        let answer =
            client.post(order["finalize"].as_str().expect("URL"), &json!({"csr": ""})).await;
        assert_eq!((answer.status, answer.error_type()), (403, "orderNotReady".to_owned()));
    }
}

#[tokio::test]
async fn nobody_listening_is_a_connection_problem() {
    let options = CaOptions { http_port: Some(unused_port()), ..CaOptions::default() };
    let ca = RunningCa::start(&options).expect("starts");
    let client = Client::registered(&ca).await;
    let (authz, _) = validated(&client, "a.example.com").await;
    let error = &authz["challenges"][0]["error"];
    assert_eq!(error["type"], "urn:ietf:params:acme:error:connection", "{error}");
}

#[tokio::test]
async fn a_challenge_is_started_once_and_stays_decided() {
    let (_ca, client) = ca_and_client().await;
    let order = client.new_order(&["a.example.com"]).await.json();
    let authz_url = order["authorizations"][0].as_str().expect("a URL");
    let authz = client.get(authz_url).await.json();
    let challenge = authz["challenges"][0]["url"].as_str().expect("a URL");
    let read = client.get(challenge).await;
    assert_eq!(read.json()["status"], "pending", "reading starts nothing");
    assert!(read.has_link(authz_url, "up"), "{read:?}");

    // What §7.5.1 does not name is ignored.
    let started = client.post(challenge, &json!({"keyAuthorization": "x"})).await;
    assert_eq!((started.status, &started.json()["status"]), (200, &json!("processing")));
    assert_eq!(client.poll(authz_url, "pending").await["status"], "valid");
    assert_eq!(client.post(challenge, &json!({})).await.json()["status"], "valid");

    let (invalid, _) = validated(&client, "wrong.example").await;
    let challenge = invalid["challenges"][0]["url"].as_str().expect("a URL");
    let again = client.post(challenge, &json!({})).await;
    assert_eq!((again.status, again.error_type()), (400, "malformed".to_owned()));
}
