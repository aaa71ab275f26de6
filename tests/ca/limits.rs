//! Rate limits, by account, address and domain.

use coyote::ca::{CaOptions, RunningCa};
use serde_json::json;

use crate::client::{Answer, Client, Key};

fn start(limits: &[&str]) -> RunningCa {
    let limits = limits.iter().map(|text| text.parse().expect(text)).collect();
    RunningCa::start(&CaOptions { limits, ..CaOptions::default() }).expect("it starts")
}

fn assert_limited(answer: &Answer) {
    assert_eq!((answer.status, answer.error_type()), (429, "rateLimited".to_owned()));
    let wait: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=3600).contains(&wait), "{wait}");
    assert!(!answer.header("replay-nonce").is_empty());
}

#[tokio::test]
async fn orders_count_by_account() {
    let ca = start(&["new-order:2/1h"]);
    let (one, other) = (Client::registered(&ca).await, Client::registered(&ca).await);
    for _ in 0..2 {
        assert_eq!(one.new_order(&["a.example"]).await.status, 201);
    }
    assert_limited(&one.new_order(&["a.example"]).await);
    assert_eq!(other.new_order(&["a.example"]).await.status, 201);
}

#[tokio::test]
async fn registrations_count_by_the_address_that_a_proxy_tells() {
    let ca = start(&["new-account:1/1h"]);
    let register = async |ip: Option<&str>| {
        let client = Client::new(&ca, Key::es256()).await;
        let payload = json!({"termsOfServiceAgreed": true});
        let mut draft = client.draft(&client.resource("newAccount"), payload.to_string()).await;
        draft.headers.extend(ip.map(|ip| ("x-real-ip", ip.to_owned())));
        client.send(draft).await
    };
    assert_eq!(register(None).await.status, 201);
    assert_limited(&register(None).await);
    assert_limited(&register(Some("127.0.0.1")).await);
    assert_eq!(register(Some("192.0.2.1")).await.status, 201);
    assert_limited(&register(Some("192.0.2.1")).await);
}

#[tokio::test]
async fn names_count_by_domain() {
    let ca = start(&["names:2/1h"]);
    let client = Client::registered(&ca).await;
    assert_eq!(client.new_order(&["a.one.example", "b.one.example"]).await.status, 201);
    assert_limited(&client.new_order(&["c.one.example"]).await);
    assert_eq!(client.new_order(&["a.two.example"]).await.status, 201);
}
