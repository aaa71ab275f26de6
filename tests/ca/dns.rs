//! DNS-01, DNS-ACCOUNT-01, addresses and CAA, as the CA asks for them.

use aws_lc_rs::digest::{SHA256, digest};
use coyote::ca::{CaOptions, RunningCa};
use hickory_proto::rr::{
    Name, RData,
    rdata::{A, AAAA, CAA, TXT, caa::KeyValue},
};
use serde_json::json;

use crate::{
    client::{Client, Key, base64url, challenge_error, identifier},
    dns_responder::DnsResponder,
    responder,
};

fn txt(text: &str) -> RData {
    RData::TXT(TXT::new(vec![text.to_owned()]))
}

fn proof(key_authorization: &str) -> String {
    base64url(digest(&SHA256, key_authorization.as_bytes()))
}

/// A CA that asks `server`, and an account that its HTTP validations find the answers of.
async fn ca(server: &DnsResponder, options: CaOptions) -> (RunningCa, Client) {
    let options = CaOptions { dns_server: Some(server.addr), ..options };
    crate::client::ca_and_client_with(options, Key::es256()).await
}

#[tokio::test]
async fn a_txt_record_proves_names_and_wildcards() {
    let server = DnsResponder::start().await;
    let (_ca, client) = ca(&server, CaOptions::default()).await;
    for (name, owner) in [
        ("a.example.com", "_acme-challenge.a.example.com"),
        ("*.b.example.com", "_acme-challenge.b.example.com"),
        ("truncated.example", "_acme-challenge.truncated.example"),
    ] {
        // What another authorization of the name needs stands beside it.
        server.add(owner, txt("other"));
        let publish = |proven: &str| server.add(owner, txt(&proof(proven)));
        let challenge = client.validated(identifier(name), "dns-01", publish).await;
        assert_eq!(challenge["status"], "valid", "{name}: {challenge}");
    }
    assert!(server.asked().iter().all(|asked| asked.starts_with("TXT ")), "{:?}", server.asked());
}

#[tokio::test]
async fn missing_records_and_failing_servers_are_told_apart() {
    let server = DnsResponder::start().await;
    let (_ca, client) = ca(&server, CaOptions::default()).await;
    for (name, record, error_type, told) in [
        ("none.example", None, "unauthorized", "no TXT record"),
        ("wrong.example", Some("other"), "unauthorized", "none of the 1 TXT records"),
        ("servfail.example", None, "dns", "looking up TXT"),
        ("silent.example", None, "dns", "timed out"),
    ] {
        let challenge = client
            .validated(identifier(name), "dns-01", |_| {
                if let Some(text) = record {
                    server.add(&format!("_acme-challenge.{name}"), txt(text));
                }
            })
            .await;
        assert_eq!(challenge_error(&challenge), error_type, "{name}: {challenge}");
        let detail = challenge["error"]["detail"].as_str().expect("a detail");
        assert!(detail.contains(told), "{name}: {detail}");
    }
}

#[tokio::test]
async fn what_is_offered_depends_on_the_identifier() {
    let server = DnsResponder::start().await;
    let options = CaOptions { dns_account_01: true, ..CaOptions::default() };
    let (_ca, client) = ca(&server, options).await;
    for (identifier, offered) in [
        (identifier("a.example"), vec!["http-01", "tls-alpn-01", "dns-01", "dns-account-01"]),
        (identifier("*.a.example"), vec!["dns-01", "dns-account-01"]),
        (identifier("127.0.0.1"), vec!["http-01", "tls-alpn-01"]),
    ] {
        let order = json!({"identifiers": [identifier]});
        let order = client.post(&client.resource("newOrder"), &order).await.json();
        let authz = client.get(order["authorizations"][0].as_str().expect("a URL")).await.json();
        let challenges = authz["challenges"].as_array().expect("a list");
        let types: Vec<&str> =
            challenges.iter().filter_map(|challenge| challenge["type"].as_str()).collect();
        assert_eq!(types, offered, "{authz}");
    }
}

#[tokio::test]
async fn dns_account_01_has_a_label_for_each_account() {
    let server = DnsResponder::start().await;
    let options = CaOptions { dns_account_01: true, ..CaOptions::default() };
    let (_ca, client) = ca(&server, options).await;
    let kid = client.kid.clone().expect("it is registered");
    let hash = digest(&SHA256, kid.as_bytes());
    let bits: Vec<String> = hash.as_ref()[..10].iter().map(|byte| format!("{byte:08b}")).collect();
    let bits = bits.concat();
    let label: String = (0..16)
        .map(|at| usize::from_str_radix(&bits[at * 5..at * 5 + 5], 2).expect("bits"))
        .map(|value| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[value]))
        .collect();
    let owner = format!("_{label}._acme-challenge.a.example");
    let publish = |proven: &str| server.add(&owner, txt(&proof(proven)));
    let challenge = client.validated(identifier("a.example"), "dns-account-01", publish).await;
    assert_eq!(challenge["status"], "valid", "{challenge}");
}

#[tokio::test]
async fn addresses_are_looked_up_and_tried_in_turn() {
    let server = DnsResponder::start().await;
    let options = CaOptions { fixed_address: None, ..CaOptions::default() };
    let (_ca, client) = ca(&server, options).await;
    let (v4, v6) = (RData::A(A::new(127, 0, 0, 1)), RData::AAAA(AAAA::new(0, 0, 0, 0, 0, 0, 0, 1)));
    server.add("four.example", v4.clone());
    // Nobody listens at ::1, which is tried first.
    server.add("both.example", v4);
    server.add("both.example", v6.clone());
    server.add("six.example", v6);
    for (name, error_type) in [
        ("four.example", ""),
        ("both.example", ""),
        ("six.example", "connection"),
        ("none.example", "dns"),
        ("servfail.example", "dns"),
    ] {
        let challenge = client.validated(identifier(name), "http-01", |_| ()).await;
        assert_eq!(challenge_error(&challenge), error_type, "{name}: {challenge}");
    }
}

#[tokio::test]
async fn nothing_is_looked_up_for_addresses() {
    let (server, key) = (DnsResponder::start().await, Key::es256());
    let http_port = responder::start_at("::1", key.thumbprint()).await.port();
    let options = CaOptions {
        http_port: Some(http_port),
        dns_server: Some(server.addr),
        fixed_address: None,
        ..CaOptions::default()
    };
    let ca = RunningCa::start(&options).expect("it starts");
    let mut client = Client::new(&ca, key).await;
    client.register().await;
    let challenge = client.validated(identifier("::1"), "http-01", |_| ()).await;
    assert_eq!(challenge["status"], "valid", "{challenge}");
    assert_eq!(server.asked(), [""; 0]);
}

#[tokio::test]
async fn caa_records_permit_or_forbid() {
    let server = DnsResponder::start().await;
    let options = CaOptions { fixed_address: None, ..CaOptions::default() };
    let (ca, client) = ca(&server, options).await;
    assert_eq!(client.directory["meta"]["caaIdentities"], json!(["ca.coyote.test"]));
    let issue = |owner: &str, issuer: &str, parameters: Vec<KeyValue>| {
        let issuer = Name::from_ascii(issuer).expect("a name");
        server.add(owner, RData::CAA(CAA::new_issue(false, Some(issuer), parameters)));
    };
    issue("parent.example", "other.example", vec![]);
    issue("sub.parent.example", "ca.coyote.test", vec![]);
    let own = KeyValue::new("accounturi", client.kid.clone().expect("registered"));
    issue("own.example", "ca.coyote.test", vec![own]);
    let others = KeyValue::new("accounturi", format!("{}x", ca.directory_url()));
    issue("theirs.example", "ca.coyote.test", vec![others]);
    issue("method.example", "ca.coyote.test", vec![KeyValue::new("validationmethods", "dns-01")]);
    for (name, error_type) in [
        ("free.example", ""),
        ("parent.example", "caa"),
        ("www.parent.example", "caa"),
        ("sub.parent.example", ""),
        ("www.sub.parent.example", ""),
        ("own.example", ""),
        ("theirs.example", "caa"),
        ("method.example", "caa"),
    ] {
        server.add(name, RData::A(A::new(127, 0, 0, 1)));
        let challenge = client.validated(identifier(name), "http-01", |_| ()).await;
        assert_eq!(challenge_error(&challenge), error_type, "{name}: {challenge}");
    }
}
