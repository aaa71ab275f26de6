//! Renewal information and orders that replace a certificate (RFC 9773).

use coyote::ca::CaOptions;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    client::{Answer, Client, base64url, ca_and_client},
    issue::{Issued, finish, issue},
};

/// Renewal information, which everybody may ask for.
async fn info(client: &Client, id: &str) -> reqwest::Response {
    let url = format!("{}/{id}", client.resource("renewalInfo"));
    client.http.get(url).send().await.expect("an answer")
}

async fn window(client: &Client, issued: &Issued) -> (i64, i64) {
    let answer = info(client, &issued.cert_id()).await;
    assert_eq!(answer.status(), 200);
    let retry_after = answer.headers()["retry-after"].to_str().expect("text").parse::<u64>();
    assert!(matches!(retry_after, Ok(1..=21_600)), "{retry_after:?}");
    let text = answer.text().await.expect("text");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let moment = |name: &str| {
        let text = value["suggestedWindow"][name].as_str().expect("a date");
        OffsetDateTime::parse(text, &Rfc3339).expect("RFC 3339").unix_timestamp()
    };
    (moment("start"), moment("end"))
}

async fn replacing(client: &Client, names: &[&str], id: &str) -> Answer {
    client.new_order_with(names, json!({"replaces": id})).await
}

#[tokio::test]
async fn the_window_is_ahead_until_the_certificate_is_revoked() {
    let (_ca, client) = ca_and_client().await;
    let issued = issue(&client, &["a.com"]).await;
    let (start, end) = window(&client, &issued).await;
    let (first, last) = issued.validity();
    assert!(first + (last - first) / 2 < start && start < end && end < last);
    let payload = json!({"certificate": base64url(issued.der())});
    assert_eq!(client.post(&client.resource("revokeCert"), &payload).await.status, 200);
    let (start, end) = window(&client, &issued).await;
    assert!(start < end && end < OffsetDateTime::now_utc().unix_timestamp());
}

#[tokio::test]
async fn what_has_no_information_is_told() {
    let (_ca, client) = ca_and_client().await;
    let id = issue(&client, &["a.com"]).await.cert_id();
    let (authority, serial) = id.split_once('.').expect("two parts");
    for (id, status) in [
        (String::new(), 404),
        ("x".to_owned(), 400),
        (format!("{authority}=.{serial}"), 400),
        (format!("{authority}.!"), 400),
        (format!("{id}.{serial}"), 400),
        (format!("{}.{serial}", base64url(b"other")), 404),
        (format!("{authority}.{}", base64url([0x40; 16])), 404),
        (format!("{authority}.{}", base64url(b"x")), 404),
    ] {
        let answer = info(&client, &id).await;
        assert_eq!(answer.status(), status, "{id}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let url = format!("{}/{id}", client.resource("renewalInfo"));
    assert_eq!(client.get(&url).await.status, 405);
}

#[tokio::test]
async fn an_order_replaces_a_certificate_once() {
    let (_ca, client) = ca_and_client().await;
    let issued = issue(&client, &["a.com", "b.com"]).await;
    let id = issued.cert_id();
    let answer = replacing(&client, &["b.com", "c.com"], &id).await;
    assert_eq!((answer.status, &answer.json()["replaces"]), (201, &json!(id)), "{answer:?}");
    let again = replacing(&client, &["a.com"], &id).await;
    assert_eq!((again.status, &*again.error_type()), (409, "alreadyReplaced"));

    // An order that failed replaces nothing.
    let authz = answer.json()["authorizations"][0].as_str().expect("a URL").to_owned();
    client.post(&authz, &json!({"status": "deactivated"})).await;
    let (url, order) = client.authorize(replacing(&client, &["a.com"], &id).await).await;
    let next = finish(&client, url, &order, crate::issue::csr(&["a.com"])).await;
    assert_eq!(next.order["replaces"], json!(id));
    assert_eq!(replacing(&client, &["a.com"], &id).await.error_type(), "alreadyReplaced");
    assert_eq!(replacing(&client, &["a.com"], &next.cert_id()).await.status, 201);
}

#[tokio::test]
async fn of_concurrent_orders_one_replaces() {
    let options = CaOptions { threads: 2, ..CaOptions::default() };
    let key = crate::client::Key::es256();
    let (_ca, client) = crate::client::ca_and_client_with(options, key).await;
    let id = issue(&client, &["a.com"]).await.cert_id();
    let orders = (0..10).map(|_| replacing(&client, &["a.com"], &id));
    let answers = futures_util::future::join_all(orders).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 9);
}

#[tokio::test]
async fn what_cannot_be_replaced_is_told() {
    let (ca, client) = ca_and_client().await;
    let id = issue(&client, &["a.com"]).await.cert_id();
    let (authority, _) = id.split_once('.').expect("two parts");
    let unknown = format!("{authority}.{}", base64url([0x40; 16]));
    let stranger = Client::registered(&ca).await;
    for (what, answer, status, error_type) in [
        ("nonsense", replacing(&client, &["a.com"], "x").await, 400, "malformed"),
        ("unknown", replacing(&client, &["a.com"], &unknown).await, 404, "malformed"),
        ("another's", replacing(&stranger, &["a.com"], &id).await, 403, "unauthorized"),
        ("other names", replacing(&client, &["b.com"], &id).await, 400, "malformed"),
    ] {
        assert_eq!((answer.status, &*answer.error_type()), (status, error_type), "{what}");
    }
    assert_eq!(replacing(&client, &["a.com"], &id).await.status, 201, "none of these claimed it");
}
