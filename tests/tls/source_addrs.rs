//! `--source-addrs`: where connections come from, as the server sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::fixture::Pki;

/// Each attacker calls nginx by HTTP and by raw HTTPS, and shakes hands.
const SCRIPT: &str = r#"
fn chain() {
    let url = env::get("NGINX");
    http::get(url + "/http/" + attacker::id(), #{ endpoint: "http", expect: 404 });
    http::raw(url, "GET /raw/" + attacker::id() + " HTTP/1.0\r\n\r\n", #{ expect: 404 });
    let made = tls::handshake(url);
    let before = attacker::get("addr");
    let stays = env::get("CONNECTIONS") != "chain";
    check::that("stable", before == () || (before == made.local_addr) == stays);
    attacker::set("addr", made.local_addr);
    let turn = tls::handshake(url, #{ source_addr: "127.9.0.0/16" });
    check::that("in turn", turn.local_addr.starts_with("127.9."));
    sleep(0.02);
}
"#;

/// Every attacker's addresses, as nginx logged them, by what was called (`/http/0`).
fn seen(connections: &str) -> BTreeMap<String, BTreeSet<String>> {
    let pki = Pki::new();
    let (nginx, [port]) = pki.nginx([""]);
    let script = pki.scratch.write("from.rhai", SCRIPT);
    let out = coyote("hammer 4 --iterations 24 --shards 2 --source-addrs 127.1.0.0/16 --ca-cert")
        .arg(pki.root_pem())
        .words(&format!("--connections {connections} -e CONNECTIONS={connections} -e NGINX=https://127.0.0.1:{port} --summary"))
        .arg(pki.scratch.path("summary.json"))
        .script(&script)
        .run()
        .exits(0);
    let summary = pki.scratch.summary("summary.json");
    summary.nothing_failed();
    assert_eq!(summary.failed_checks(), Vec::<&str>::new(), "{}", out.stdout);
    nginx.terminate();
    nginx.finish();
    let log = fs::read_to_string(pki.scratch.path("access.log")).expect("nginx wrote its log");
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        // A connection without a request is none of the two.
        if let (Some(address), Some(path)) = (words.first(), words.get(6)) {
            seen.entry((*path).to_owned()).or_default().insert((*address).to_owned());
        }
    }
    seen
}

#[test]
fn each_attacker_has_an_address_of_its_own() {
    for connections in ["shared", "attacker"] {
        let seen = seen(connections);
        for id in 0..4 {
            let own = BTreeSet::from([format!("127.1.0.{}", id + 1)]);
            for way in ["http", "raw"] {
                let found = seen.get(&format!("/{way}/{id}"));
                // Which attackers run how many chains is not fixed.
                assert!(
                    found.is_none_or(|found| *found == own),
                    "{connections} {way} {id}: {seen:?}"
                );
            }
        }
        assert!(seen.contains_key("/http/0") && seen.contains_key("/raw/0"), "{seen:?}");
    }
}

#[test]
fn each_chain_has_one_where_it_is_a_client_of_its_own() {
    let seen = seen("chain");
    let (http, raw) = (&seen["/http/0"], &seen["/raw/0"]);
    assert!(http.len() > 1, "{seen:?}");
    assert_eq!(http, raw, "all connections of a chain come from one address");
    assert!(http.contains("127.1.0.1"), "the first is the attacker's: {seen:?}");
    let all: BTreeSet<_> = seen.values().flatten().collect();
    assert_eq!(all.len(), 24, "as many as chains: {seen:?}");
}

#[test]
fn an_address_is_also_what_headers_say() {
    let scratch = Scratch::new();
    let server = crate::common::server::Server::start(|_| crate::common::server::text("hello"));
    let chain = format!("fn chain() {{ http::get(\"{}\"); sleep(0.05); }}", server.url("/"));
    let script = scratch.write("get.rhai", &chain);
    coyote("hammer 3 --iterations 9 --source-addrs 127.1.2.0/24 -H")
        .arg("X-Real-IP: {attacker_ip}")
        .script(&script)
        .run()
        .exits(0);
    let said: BTreeSet<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-real-ip").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(said, ["127.1.2.1", "127.1.2.2", "127.1.2.3"].map(str::to_owned).into());
}

#[test]
fn addresses_that_are_not_ours_are_told_before_the_run() {
    let scratch = Scratch::new();
    let script = scratch.write("none.rhai", "fn chain() {}");
    for line in ["hammer 2 --iterations 1", "once"] {
        coyote(line).words("--source-addrs 192.0.2.0/24").script(&script).run().exits(4).tells(&[
            "--source-addrs 192.0.2.0/24: connections cannot come from 192.0.2.1",
            "ip addr",
        ]);
    }
    coyote("once --source-addrs 127.1.0.0/40")
        .script(&script)
        .run()
        .exits(2)
        .tells(&["no address and no block of them; write 127.1.0.0/16"]);
}
