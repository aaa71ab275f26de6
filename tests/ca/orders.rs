//! What orders can ask for: addresses, profiles, dates; and what comes of them, also in time.

use std::time::Duration;

use coyote::ca::{CaOptions, CertProfile, RunningCa};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    client::{Client, Key, base64url, ca_and_client, ca_and_client_with},
    issue::{Issued, csr, finish, issue, openssl_verify},
    responder,
};

const DAY_S: i64 = 24 * 3600;

async fn issue_with(client: &Client, rest: Value) -> Issued {
    let (url, order) = client.authorize(client.new_order_with(&["a.com"], rest).await).await;
    finish(client, url, &order, csr(&["a.com"])).await
}

#[tokio::test]
async fn profiles_differ_in_lifetime() {
    let profile = |name: &str, seconds| CertProfile {
        name: name.to_owned(),
        lifetime: Duration::from_secs(seconds),
    };
    let options = CaOptions { cert_profiles: vec![profile("hour", 3600)], ..CaOptions::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    let offered = client.directory["meta"]["profiles"].as_object().expect("an object").clone();
    assert_eq!(offered.keys().collect::<Vec<_>>(), ["default", "hour", "shortlived"]);
    for (rest, name, lifetime_s) in [
        (json!({}), "default", 90 * DAY_S),
        (json!({"profile": "default"}), "default", 90 * DAY_S),
        (json!({"profile": "shortlived"}), "shortlived", 6 * DAY_S),
        (json!({"profile": "hour"}), "hour", 3600),
    ] {
        let issued = issue_with(&client, rest).await;
        assert_eq!((&issued.order["profile"], issued.lifetime_s()), (&json!(name), lifetime_s));
    }
    let refused = client.new_order_with(&["a.com"], json!({"profile": "none"})).await;
    assert_eq!((refused.status, &*refused.error_type()), (400, "invalidProfile"));
}

#[tokio::test]
async fn dates_are_honoured_within_the_lifetime() {
    let (_ca, client) = ca_and_client().await;
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is valid");
    let text = |moment: OffsetDateTime| moment.format(&Rfc3339).expect("a date");
    let (first, last) = (now + time::Duration::HOUR, now + 2 * time::Duration::DAY);
    let rest = json!({"notBefore": text(first), "notAfter": text(last)});
    let issued = issue_with(&client, rest.clone()).await;
    assert_eq!(issued.validity(), (first.unix_timestamp(), last.unix_timestamp()));
    assert_eq!(issued.order["notBefore"], rest["notBefore"]);
    assert_eq!(issued.order["notAfter"], rest["notAfter"]);

    for (what, rest) in [
        ("too long", json!({"notAfter": text(now + 91 * time::Duration::DAY)})),
        ("too early", json!({"notBefore": text(now - time::Duration::DAY)})),
        ("the wrong way", json!({"notBefore": text(last), "notAfter": text(first)})),
        ("over", json!({"notAfter": text(now)})),
        ("no date", json!({"notBefore": "soon"})),
        ("no text", json!({"notBefore": 1})),
        (
            "too long for its profile",
            json!({"profile": "shortlived", "notAfter": text(now + 7 * time::Duration::DAY)}),
        ),
    ] {
        let refused = client.new_order_with(&["a.com"], rest).await;
        assert_eq!((refused.status, &*refused.error_type()), (400, "malformed"), "{what}");
    }
}

#[tokio::test]
async fn addresses_get_certificates() {
    let (ca, client) = ca_and_client().await;
    let names = ["127.0.0.1", "a.com"];
    let issued = issue(&client, &names).await;
    assert_eq!(
        issued.order["identifiers"],
        json!([{"type": "ip", "value": "127.0.0.1"}, {"type": "dns", "value": "a.com"}])
    );
    let authz = client.get(issued.order["authorizations"][0].as_str().expect("a URL")).await.json();
    assert_eq!(authz["identifier"], json!({"type": "ip", "value": "127.0.0.1"}));
    assert!(authz.get("wildcard").is_none());
    let verify = |ip: &str| openssl_verify(ca.root_pem(), &issued.chain, None, &["-verify_ip", ip]);
    verify("127.0.0.1").expect("it is in the certificate");
    verify("127.0.0.2").expect_err("it is not");
}

#[tokio::test]
async fn addresses_of_version_6_too() {
    let key = Key::es256();
    let http_port = responder::start_at("::1", key.thumbprint()).await.port();
    let ca = RunningCa::start(&CaOptions { http_port: Some(http_port), ..CaOptions::default() })
        .expect("it starts");
    let mut client = Client::new(&ca, key).await;
    client.register().await;
    let issued = issue(&client, &["::1"]).await;
    let verify = |ip: &str| openssl_verify(ca.root_pem(), &issued.chain, None, &["-verify_ip", ip]);
    verify("::1").expect("it is in the certificate");
    verify("::2").expect_err("it is not");
}

#[tokio::test]
async fn an_address_must_be_asked_for_as_one() {
    let (_ca, client) = ca_and_client().await;
    for value in ["127.1", "127.0.0.01", "2001:DB8::1", "[::1]", "a.com"] {
        let identifiers = json!({"identifiers": [{"type": "ip", "value": value}]});
        let answer = client.post(&client.resource("newOrder"), &identifiers).await;
        assert_eq!(answer.error_type(), "rejectedIdentifier", "{value}");
    }
    let (_, order) = client.authorized_order(&["127.0.0.1"]).await;
    let finalize = order["finalize"].as_str().expect("a URL");
    for names in [&["127.0.0.2"][..], &["127.0.0.1", "a.com"], &["::1"]] {
        let answer = client.post(finalize, &json!({"csr": base64url(csr(names))})).await;
        assert_eq!(answer.error_type(), "badCSR", "{names:?}");
    }
}

#[tokio::test]
async fn every_certificate_has_two_chains() {
    let (ca, client) = ca_and_client().await;
    let issued = issue(&client, &["a.com"]).await;
    let url = issued.url();
    let alternate_url = format!("{url}/1");
    assert!(client.get(url).await.has_link(&alternate_url, "alternate"));
    let alternate = client.get(&alternate_url).await;
    assert_eq!(alternate.header("content-type"), "application/pem-certificate-chain");
    assert!(alternate.has_link(url, "alternate"), "{alternate:?}");
    let verify = |root: &str, chain: &str| openssl_verify(root, chain, None, &[]);
    verify(ca.root_pem(), &issued.chain).expect("the default chain");
    verify(ca.alternate_root_pem(), &alternate.text).expect("the alternate chain");
    verify(ca.alternate_root_pem(), &issued.chain).expect_err("another root");
    for end in ["/0", "/2", "/x", "/1/1"] {
        assert_eq!(client.get(&format!("{url}{end}")).await.status, 404, "{end}");
    }
    let stranger = Client::registered(&ca).await;
    assert_eq!(stranger.get(&alternate_url).await.error_type(), "unauthorized");
}

#[tokio::test]
async fn a_slow_finalize_stays_processing_for_a_time() {
    let finalize_delay = Duration::from_secs(1);
    let options = CaOptions { finalize_delay, ..CaOptions::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    let (url, order) = client.authorized_order(&["a.com"]).await;
    let (finalize, begun) = (order["finalize"].as_str().expect("a URL"), std::time::Instant::now());
    let payload = json!({"csr": base64url(csr(&["a.com"]))});
    let answer = client.post(finalize, &payload).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("processing")));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(client.post(finalize, &payload).await.error_type(), "orderNotReady");
    let order = client.poll(&url, "processing").await;
    assert_eq!(order["status"], "valid");
    assert!(begun.elapsed() >= finalize_delay);
    assert!(client.get(order["certificate"].as_str().expect("a URL")).await.status == 200);
}

#[tokio::test]
async fn clients_are_told_to_wait_for_validations_by_switch() {
    // Nobody accepts this listener's connections, so the validation goes on.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let http_port = silent.local_addr().expect("bound").port();
    for (retry_after, told) in [(Some(Duration::from_secs(7)), "7"), (None, "")] {
        let options = CaOptions { http_port: Some(http_port), retry_after, ..CaOptions::default() };
        let ca = RunningCa::start(&options).expect("it starts");
        let client = Client::registered(&ca).await;
        let order = client.new_order(&["a.com"]).await.json();
        let url = order["authorizations"][0].as_str().expect("a URL");
        let authz = client.get(url).await;
        assert_eq!(authz.header("retry-after"), "", "nothing is being validated yet");
        let challenge = authz.json()["challenges"][0]["url"].as_str().expect("a URL").to_owned();
        assert_eq!(client.post(&challenge, &json!({})).await.header("retry-after"), told);
        assert_eq!(client.get(url).await.header("retry-after"), told);
    }
}

#[tokio::test]
async fn nothing_outlasts_the_authority() {
    let options = CaOptions {
        cert_lifetime: Duration::from_secs(20_000 * 24 * 3600),
        ..CaOptions::default()
    };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    let issued = issue(&client, &["a.com"]).await;
    let end = |at: usize| {
        let pems: Vec<_> =
            x509_parser::pem::Pem::iter_from_buffer(issued.chain.as_bytes()).collect();
        let pem = pems[at].as_ref().expect("PEM");
        pem.parse_x509().expect("a certificate").validity().not_after.timestamp()
    };
    assert_eq!(end(0), end(1));
    let late = json!({"notAfter": "2999-01-01T00:00:00Z"});
    assert_eq!(client.new_order_with(&["a.com"], late).await.error_type(), "malformed");
}

#[tokio::test]
async fn an_order_that_expired_is_told_as_such() {
    let options = CaOptions { order_lifetime: Duration::from_secs(1), ..CaOptions::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    let order = client.new_order(&["a.com"]).await.json();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let finalize = order["finalize"].as_str().expect("a URL");
    let answer = client.post(finalize, &json!({"csr": base64url(csr(&["a.com"]))})).await;
    assert_eq!((answer.status, &*answer.error_type()), (403, "orderNotReady"));
    assert!(answer.text.contains("the order expired at "), "{}", answer.text);
}

#[tokio::test]
async fn dates_before_1970_are_dates() {
    let (_ca, client) = ca_and_client().await;
    let early = json!({"notBefore": "1969-12-31T23:59:55Z"});
    let answer = client.new_order_with(&["a.com"], early).await;
    assert!(answer.text.contains("`notBefore` must be between"), "{}", answer.text);
}
