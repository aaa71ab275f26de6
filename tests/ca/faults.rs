//! Faults on purpose, as clients meet them.

use std::time::{Duration, Instant};

use coyote::ca::{CaOptions, RunningCa};
use serde_json::{Value, json};

use crate::client::{Answer, Client, Key};

async fn start(faults: &[&str]) -> (RunningCa, Client) {
    let faults = faults.iter().map(|text| text.parse().expect(text)).collect();
    let ca = RunningCa::start(&CaOptions { faults, ..CaOptions::default() }).expect("it starts");
    let client = Client::new(&ca, Key::es256()).await;
    (ca, client)
}

fn registration() -> Value {
    json!({"termsOfServiceAgreed": true})
}

async fn register(client: &Client) -> Answer {
    client.post(&client.resource("newAccount"), &registration()).await
}

#[tokio::test]
async fn a_status_is_a_problem_document_and_has_no_effect() {
    let (_ca, client) = start(&[
        "new-account:429=30:next:1",
        "new-account:503:next:1",
        "new-account:500:next:1",
        "new-order:503:1",
    ])
    .await;
    for (status, error_type, retry_after) in
        [(429, "rateLimited", "30"), (503, "serverInternal", "1"), (500, "serverInternal", "")]
    {
        let answer = register(&client).await;
        assert_eq!((answer.status, answer.error_type()), (status, error_type.to_owned()));
        assert_eq!(answer.header("retry-after"), retry_after);
        assert!(!answer.header("replay-nonce").is_empty());
    }
    let answer = register(&client).await;
    assert_eq!(answer.status, 201, "a new account, since none was made before: {answer:?}");
}

#[tokio::test]
async fn some_answers_are_no_acme_at_all() {
    let (_ca, client) = start(&[
        "new-account:empty:next:1",
        "new-account:html:next:1",
        "new-account:html=200:next:1",
    ])
    .await;
    let answer = register(&client).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    for status in [502, 200] {
        let answer = register(&client).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text.starts_with("<!DOCTYPE html>"), "{answer:?}");
        assert_eq!(answer.header("replay-nonce"), "");
    }
    assert_eq!(register(&client).await.status, 201);
}

#[tokio::test]
async fn a_slow_answer_is_the_right_one() {
    let (_ca, client) = start(&["new-account:slow=300ms:next:1"]).await;
    let draft = client.draft(&client.resource("newAccount"), registration().to_string()).await;
    let start = Instant::now();
    assert_eq!(client.send(draft).await.status, 201);
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_closed_connection_gives_no_answer() {
    let (_ca, client) = start(&["new-nonce:close:1"]).await;
    let answer = client.http.head(client.resource("newNonce")).send().await;
    assert!(answer.is_err(), "{answer:?}");
    let answer = client.http.get(client.resource("newNonce").replace("acme/new-nonce", "terms"));
    assert_eq!(answer.send().await.expect("another endpoint").status(), 200);
}

#[tokio::test]
async fn good_nonces_are_rejected_so_many_times() {
    let (_ca, client) = start(&["nonce:next:3"]).await;
    for _ in 0..3 {
        let answer = register(&client).await;
        assert_eq!((answer.status, answer.error_type()), (400, "badNonce".to_owned()));
        assert!(!answer.header("replay-nonce").is_empty());
    }
    assert_eq!(register(&client).await.status, 201);
}

#[tokio::test]
async fn a_star_is_every_endpoint() {
    let ca = RunningCa::start(&CaOptions {
        faults: vec!["*:503:1".parse().expect("a fault")],
        ..CaOptions::default()
    })
    .expect("it starts");
    for path in ["directory", "acme/new-nonce", "terms"] {
        let url = ca.directory_url().replace("directory", path);
        let answer = reqwest::get(url).await.expect("an answer");
        assert_eq!(answer.status(), 503, "{path}");
    }
}
