//! Directory, nonces, accounts, lists of orders, and whose things are whose.

use coyote::ca::{CaOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Client, Key, ca_and_client};

fn started() -> RunningCa {
    RunningCa::start(&CaOptions::default()).expect("it starts")
}

#[tokio::test]
async fn the_directory_lists_what_is_there() {
    let ca = started();
    let client = Client::new(&ca, Key::es256()).await;
    for name in ["newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange"] {
        assert!(client.resource(name).starts_with(&format!("http://{}/", ca.addr())), "{name}");
    }
    let meta = &client.directory["meta"];
    assert_eq!(meta["externalAccountRequired"], false);
    assert!(meta["website"].is_string());
    let terms = client.http.get(meta["termsOfService"].as_str().expect("a URL")).send().await;
    assert_eq!(terms.expect("an answer").status(), 200);
}

#[tokio::test]
async fn nonces_come_with_head_and_get() {
    let ca = started();
    let client = Client::new(&ca, Key::es256()).await;
    let url = client.resource("newNonce");
    for (request, status) in [(client.http.head(&url), 200), (client.http.get(&url), 204)] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.headers().contains_key("replay-nonce"));
        let index = format!("<{}>;rel=\"index\"", ca.directory_url());
        assert_eq!(answer.headers()["link"], index.as_str());
    }
}

#[tokio::test]
async fn a_key_has_one_account() {
    let ca = started();
    let mut client = Client::new(&ca, Key::es256()).await;
    client.register().await;
    let kid = client.kid.take().expect("registered");
    let url = client.resource("newAccount");
    for payload in [json!({}), json!({"onlyReturnExisting": true})] {
        let again = client.post(&url, &payload).await;
        assert_eq!((again.status, again.header("location")), (200, kid.as_str()), "{again:?}");
        assert_eq!(again.json()["contact"], json!(["mailto:a@example.com"]));
    }
}

#[tokio::test]
async fn an_account_is_changed_and_deactivated() {
    let ca = started();
    let mut client = Client::registered(&ca).await;
    let kid = client.kid.clone().expect("registered");
    let change = |payload: Value| {
        let (client, kid) = (&client, &kid);
        async move { client.post(kid, &payload).await }
    };
    let read = client.get(&kid).await.json();
    assert_eq!(
        (&read["status"], &read["orders"]),
        (&json!("valid"), &json!(format!("{kid}/orders")))
    );
    assert_eq!(change(json!({})).await.json(), read, "an empty update changes nothing");
    let changed = change(json!({"contact": ["mailto:b@example.com"]})).await.json();
    assert_eq!(changed["contact"], json!(["mailto:b@example.com"]));
    assert!(change(json!({"contact": []})).await.json().get("contact").is_none());
    assert_eq!(change(json!({"status": "gone"})).await.error_type(), "malformed");
    assert_eq!(change(json!({"contact": ["tel:1"]})).await.error_type(), "unsupportedContact");
    assert_eq!(change(json!({"status": "deactivated"})).await.json()["status"], "deactivated");

    let refused = client.get(&kid).await;
    assert_eq!((refused.status, &*refused.error_type()), (401, "unauthorized"));
    client.kid = None;
    let refused = client.post(&client.resource("newAccount"), &json!({})).await;
    assert_eq!((refused.status, &*refused.error_type()), (401, "unauthorized"));
}

#[tokio::test]
async fn orders_are_listed_in_pages() {
    let ca = started();
    let client = Client::registered(&ca).await;
    for i in 0..101 {
        assert_eq!(client.new_order(&[&format!("n{i}.com")]).await.status, 201);
    }
    let url = format!("{}/orders", client.kid.as_deref().expect("registered"));
    let first = client.get(&url).await;
    assert_eq!(first.json()["orders"].as_array().map(Vec::len), Some(100));
    let next = format!("{url}?cursor=100");
    assert!(first.has_link(&next, "next"), "{first:?}");
    let second = client.get(&next).await;
    assert_eq!(second.json()["orders"].as_array().map(Vec::len), Some(1));
    assert_eq!(client.get(&format!("{url}?cursor=x")).await.status, 404);
}

#[tokio::test]
async fn names_are_ordered_once_and_in_lower_case() {
    let ca = started();
    let client = Client::registered(&ca).await;
    let order = client.new_order(&["A.com", "a.com", "b.com"]).await.json();
    assert_eq!(
        order["identifiers"],
        json!([{"type": "dns", "value": "a.com"}, {"type": "dns", "value": "b.com"}])
    );
    assert_eq!(
        (&order["status"], order["authorizations"].as_array().map(Vec::len)),
        (&json!("pending"), Some(2))
    );
}

#[tokio::test]
async fn an_authorization_is_deactivated() {
    let ca = started();
    let client = Client::registered(&ca).await;
    let answer = client.new_order(&["a.com"]).await;
    let authz = answer.json()["authorizations"][0].as_str().expect("a URL").to_owned();
    assert_eq!(client.post(&authz, &json!({"status": "valid"})).await.error_type(), "malformed");
    assert_eq!(client.post(&authz, &json!({})).await.error_type(), "malformed");
    let deactivated = client.post(&authz, &json!({"status": "deactivated"})).await.json();
    assert_eq!(deactivated["status"], "deactivated");
    assert_eq!(client.get(answer.header("location")).await.json()["status"], "invalid");
    let orders = format!("{}/orders", client.kid.as_deref().expect("registered"));
    assert_eq!(client.get(&orders).await.json(), json!({"orders": []}), "it is not listed");
}

#[tokio::test]
async fn what_is_anothers_is_refused() {
    let (ca, owner) = ca_and_client().await;
    let (order_url, order) = owner.authorized_order(&["a.com"]).await;
    let csr = crate::client::base64url(crate::issue::csr(&["a.com"]));
    let finalize = order["finalize"].as_str().expect("a URL");
    let order = owner.post(finalize, &json!({"csr": csr})).await.json();
    let authz = order["authorizations"][0].as_str().expect("a URL");
    let challenge = owner.get(authz).await.json()["challenges"][0]["url"].clone();
    let thief = Client::registered(&ca).await;
    for url in [
        &order_url,
        authz,
        challenge.as_str().expect("a URL"),
        order["certificate"].as_str().expect("a URL"),
        owner.kid.as_deref().expect("registered"),
        &format!("{}/orders", owner.kid.as_deref().expect("registered")),
    ] {
        assert_eq!(owner.get(url).await.status, 200, "{url}");
        let refused = thief.get(url).await;
        assert_eq!((refused.status, &*refused.error_type()), (403, "unauthorized"), "{url}");
    }
    let refused = thief.post(finalize, &json!({"csr": csr})).await;
    assert_eq!((refused.status, &*refused.error_type()), (403, "unauthorized"));
    for url in [&order_url, order["certificate"].as_str().expect("a URL")] {
        let refused = owner.post(url, &json!({})).await;
        assert_eq!((refused.status, &*refused.error_type()), (400, "malformed"), "{url}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let ca = started();
    let client = Client::registered(&ca).await;
    for path in [
        "/acme/order/99",
        "/acme/order/x",
        "/acme/authz/99",
        "/acme/challenge/99/http-01",
        "/acme/certificate/00",
        "/acme/certificate/0123456789abcdef0123456789abcdef",
        "/acme/account/x",
        "/acme",
        "/",
    ] {
        let answer = client.get(&format!("http://{}{path}", ca.addr())).await;
        assert_eq!((answer.status, &*answer.error_type()), (404, "malformed"), "{path}");
    }
    let order = client.new_order(&["a.com"]).await.json();
    let authz =
        order["authorizations"][0].as_str().expect("a URL").replace("/authz/", "/challenge/");
    assert_eq!(client.get(&format!("{authz}/other-01")).await.status, 404);
}

#[tokio::test]
async fn an_expired_order_is_invalid() {
    let options = CaOptions { order_lifetime: std::time::Duration::ZERO, ..CaOptions::default() };
    let ca = RunningCa::start(&options).expect("it starts");
    let client = Client::registered(&ca).await;
    let answer = client.new_order(&["a.com"]).await;
    assert_eq!(client.get(answer.header("location")).await.json()["status"], "invalid");
    let finalize = answer.json()["finalize"].as_str().expect("a URL").to_owned();
    let refused = client.post(&finalize, &json!({"csr": ""})).await;
    assert_eq!((refused.status, &*refused.error_type()), (403, "orderNotReady"));
}

#[tokio::test]
async fn an_expired_authorization_ends_its_order() {
    let options = CaOptions { authz_lifetime: std::time::Duration::ZERO, ..CaOptions::default() };
    let ca = RunningCa::start(&options).expect("it starts");
    let client = Client::registered(&ca).await;
    let answer = client.new_order(&["a.com"]).await;
    let authz = answer.json()["authorizations"][0].as_str().expect("a URL").to_owned();
    let read = client.get(&authz).await.json();
    assert_eq!(read["status"], "expired");
    assert_eq!(client.get(answer.header("location")).await.json()["status"], "invalid");
    let challenge = read["challenges"][0]["url"].as_str().expect("a URL");
    assert_eq!(client.post(challenge, &json!({})).await.error_type(), "malformed");
}

#[tokio::test]
async fn directory_and_new_nonce_take_post_as_get_too() {
    let (_ca, client) = ca_and_client().await;
    let directory =
        format!("{}/directory", client.directory["meta"]["website"].as_str().expect("a URL"));
    let draft = client.draft(&directory, "").await;
    let answer = client.send(draft).await;
    assert_eq!((answer.status, answer.json()), (200, client.directory.clone()));
    let url = client.resource("newNonce");
    let draft = client.draft(&url, "").await;
    let answer = client.send(draft).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers.get_all("replay-nonce").iter().count(), 1);
    let draft = client.draft(&url, "{}").await;
    let answer = client.send(draft).await;
    assert_eq!((answer.status, &*answer.error_type()), (400, "malformed"));
}
