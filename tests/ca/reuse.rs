//! What orders take over: authorizations made ahead, and by switch whatever is there.

use coyote::ca::{CaOptions, ReuseOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Answer, Client, Key, ca_and_client, ca_and_client_with};

async fn reusing(authzs: bool, orders: bool) -> (RunningCa, Client) {
    let reuse = ReuseOptions { authzs, orders };
    ca_and_client_with(CaOptions { reuse, ..CaOptions::default() }, Key::es256()).await
}

async fn new_authz(client: &Client, identifier: Value) -> Answer {
    client.post(&client.resource("newAuthz"), &json!({"identifier": identifier})).await
}

fn dns(name: &str) -> Value {
    json!({"type": "dns", "value": name})
}

fn authz_of(order: &Answer) -> String {
    order.json()["authorizations"][0].as_str().expect("a URL").to_owned()
}

#[tokio::test]
async fn without_switch_every_order_starts_anew() {
    let (_ca, client) = ca_and_client().await;
    let (url, first) = client.authorized_order(&["a.com"]).await;
    let second = client.new_order(&["a.com"]).await;
    assert_ne!(second.header("location"), url);
    assert_eq!(second.json()["status"], "pending");
    assert_ne!(second.json()["authorizations"], first["authorizations"]);
}

#[tokio::test]
async fn valid_authorizations_are_reused_until_they_end() {
    let (ca, client) = reusing(true, false).await;
    let (_, first) = client.authorized_order(&["a.com"]).await;
    let second = client.new_order(&["a.com"]).await;
    assert_eq!(second.json()["status"], "ready", "{second:?}");
    assert_eq!(second.json()["authorizations"], first["authorizations"]);
    let wider = client.new_order(&["a.com", "b.com"]).await;
    assert_eq!(wider.json()["status"], "pending", "b.com is new");
    assert_eq!(wider.json()["authorizations"][0], first["authorizations"][0]);

    let stranger = Client::registered(&ca).await;
    assert_eq!(stranger.new_order(&["a.com"]).await.json()["status"], "pending");
    client.post(&authz_of(&second), &json!({"status": "deactivated"})).await;
    let third = client.new_order(&["a.com"]).await;
    assert_eq!(third.json()["status"], "pending", "the authorization is deactivated");
    let fourth = client.new_order(&["a.com"]).await;
    assert_ne!(authz_of(&fourth), authz_of(&third), "pending ones are not reused");
}

#[tokio::test]
async fn open_orders_of_the_same_names_are_reused() {
    let (_ca, client) = reusing(false, true).await;
    let first = client.new_order(&["a.com", "b.com"]).await;
    let url = first.header("location").to_owned();
    let again = client.new_order(&["B.com", "a.com"]).await;
    assert_eq!((again.status, again.header("location")), (201, &*url));
    for (names, rest) in [
        (&["a.com"][..], json!({})),
        (&["a.com", "b.com"], json!({"profile": "shortlived"})),
        (&["a.com", "b.com"], json!({"notAfter": soon()})),
    ] {
        let other = client.new_order_with(names, rest).await;
        assert_ne!((other.status, other.header("location")), (201, &*url), "{other:?}");
    }
    let (other, _) = client.authorized_order(&["c.com"]).await;
    assert_eq!(client.new_order(&["c.com"]).await.header("location"), other, "it is ready");
    client.post(&authz_of(&first), &json!({"status": "deactivated"})).await;
    assert_ne!(client.new_order(&["a.com", "b.com"]).await.header("location"), url);
}

fn soon() -> String {
    let soon = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    soon.format(&time::format_description::well_known::Rfc3339).expect("a date")
}

#[tokio::test]
async fn a_name_authorized_ahead_needs_no_more_in_orders() {
    let (_ca, client) = ca_and_client().await;
    let ahead = new_authz(&client, dns("A.com")).await;
    let url = ahead.header("location").to_owned();
    assert_eq!((ahead.status, &ahead.json()["status"]), (201, &json!("pending")));
    assert_eq!(ahead.json()["identifier"], dns("a.com"));
    let again = new_authz(&client, dns("a.com")).await;
    assert_eq!(
        (again.status, again.header("location")),
        (200, url.as_str()),
        "it is there already"
    );
    assert_eq!(authz_of(&client.new_order(&["a.com"]).await), url, "while it is pending, too");

    client.prove(&url).await;
    assert_eq!(client.poll(&url, "pending").await["status"], "valid");
    let order = client.new_order(&["a.com"]).await;
    assert_eq!((&order.json()["status"], authz_of(&order)), (&json!("ready"), url.clone()));
    client.post(&url, &json!({"status": "deactivated"})).await;
    assert_ne!(authz_of(&client.new_order(&["a.com"]).await), url);
    assert_ne!(new_authz(&client, dns("a.com")).await.header("location"), url);
}

#[tokio::test]
async fn what_cannot_be_authorized_ahead_is_told() {
    let (_ca, client) = ca_and_client().await;
    for (identifier, error_type) in [
        (dns("*.a.com"), "rejectedIdentifier"),
        (dns("a_b.com"), "rejectedIdentifier"),
        (dns(""), "malformed"),
        (json!({"type": "email", "value": "a@b.c"}), "unsupportedIdentifier"),
        (json!(["dns", "a.com"]), "malformed"),
        (json!(null), "malformed"),
    ] {
        let answer = new_authz(&client, identifier).await;
        assert_eq!((answer.status, &*answer.error_type()), (400, error_type), "{answer:?}");
    }

    let options = CaOptions { new_authz: false, ..CaOptions::default() };
    let ca = RunningCa::start(&options).expect("it starts");
    let without = Client::registered(&ca).await;
    assert!(without.directory.get("newAuthz").is_none());
    let url = format!("http://{}/acme/pre-authz", ca.addr());
    let answer = without.post(&url, &json!({"identifier": dns("a.com")})).await;
    assert_eq!((answer.status, &*answer.error_type()), (404, "malformed"));
}
