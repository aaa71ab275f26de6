//! Wildcards: proven by DNS alone, apart from the name they are of (RFC 8555 §7.1.3, §7.1.4).

use aws_lc_rs::digest::{SHA256, digest};
use coyote::ca::{CaOptions, ReuseOptions};
use hickory_proto::rr::{RData, rdata::TXT};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, Key, base64url, ca_and_client_with},
    dns_responder::DnsResponder,
    issue::{csr, finish, openssl_verify},
};

/// Proves by DNS-01 every authorization of the order in `answer`, and gives them as they are then.
async fn prove_all(client: &Client, server: &DnsResponder, answer: &Answer) -> Vec<Value> {
    let mut authzs = Vec::new();
    for url in answer.json()["authorizations"].as_array().expect("a list") {
        let url = url.as_str().expect("a URL");
        let authz = client.get(url).await.json();
        let challenges = authz["challenges"].as_array().expect("a list");
        let dns01 = challenges.iter().find(|challenge| challenge["type"] == "dns-01");
        let dns01 = dns01.expect("DNS-01 is offered");
        let token = dns01["token"].as_str().expect("a token");
        let proof = digest(&SHA256, format!("{token}.{}", client.key.thumbprint()).as_bytes());
        let name = authz["identifier"]["value"].as_str().expect("a name");
        let text = TXT::new(vec![base64url(proof)]);
        server.add(&format!("_acme-challenge.{name}"), RData::TXT(text));
        client.post(dns01["url"].as_str().expect("a URL"), &json!({})).await;
        authzs.push(client.poll(url, "pending").await);
    }
    authzs
}

#[tokio::test]
async fn a_wildcard_and_its_name_are_proven_apart() {
    let server = DnsResponder::start().await;
    let options = CaOptions { dns_server: Some(server.addr), ..CaOptions::default() };
    let (ca, client) = ca_and_client_with(options, Key::es256()).await;
    let names = ["*.A.example", "a.example"];
    let answer = client.new_order(&names).await;
    for (authz, kinds) in [(0, 1), (1, 3)] {
        let url = answer.json()["authorizations"][authz].as_str().expect("a URL").to_owned();
        let offered = client.get(&url).await.json()["challenges"].clone();
        assert_eq!(offered.as_array().map(Vec::len), Some(kinds), "a wildcard is for DNS alone");
    }
    let authzs = prove_all(&client, &server, &answer).await;
    let a = json!({"type": "dns", "value": "a.example"});
    for (authz, wildcard) in authzs.iter().zip([json!(true), Value::Null]) {
        assert_eq!((&authz["identifier"], &authz["wildcard"]), (&a, &wildcard));
        assert_eq!(authz["status"], "valid", "{authz}");
    }

    let url = answer.header("location").to_owned();
    let order = client.get(&url).await.json();
    assert_eq!(order["identifiers"][0]["value"], "*.a.example");
    let issued = finish(&client, url, &order, csr(&["*.a.example", "a.example"])).await;
    let verify = |host: &str| {
        openssl_verify(ca.root_pem(), &issued.chain, None, &["-verify_hostname", host])
    };
    verify("a.example").expect("the name");
    verify("b.a.example").expect("below the wildcard");
    verify("c.b.a.example").expect_err("too far below it");
}

#[tokio::test]
async fn a_name_proven_is_no_wildcard_proven() {
    let server = DnsResponder::start().await;
    let reuse = ReuseOptions { authzs: true, orders: false };
    let options = CaOptions { dns_server: Some(server.addr), reuse, ..CaOptions::default() };
    let (_ca, client) = ca_and_client_with(options, Key::es256()).await;
    prove_all(&client, &server, &client.new_order(&["a.example"]).await).await;
    let status = |answer: Answer| answer.json()["status"].clone();
    assert_eq!(status(client.new_order(&["a.example"]).await), "ready");
    let wildcard = client.new_order(&["*.a.example"]).await;
    assert_eq!(wildcard.json()["status"], "pending");
    prove_all(&client, &server, &wildcard).await;
    assert_eq!(status(client.new_order(&["a.example", "*.a.example"]).await), "ready");
}
