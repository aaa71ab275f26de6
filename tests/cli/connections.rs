//! `--connections`: how many connections a server sees, told apart by the client's port.

use std::collections::BTreeSet;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

/// How many connections and requests 6 attackers made in 30 chains of two requests each, which
/// hardly ever overlap.
fn made(connections: &str) -> (usize, usize) {
    let (scratch, server) = (Scratch::new(), Server::start(|_| text("hello")));
    let chain = format!(
        "fn chain() {{\n\
         if attacker::chain_number() == 0 {{ sleep(attacker::id() * 0.05); }}\n\
         for turn in 0..2 {{ http::get(\"{}\"); }}\n\
         sleep(0.3);\n}}\n",
        server.url("/")
    );
    let script = scratch.write("two.rhai", &chain);
    let line = format!("hammer 6 --iterations 30 --shards 1 --connections {connections}");
    coyote(&line).script(&script).run().exits(0);
    let requests = server.requests();
    let ports: BTreeSet<u16> = requests.iter().map(|request| request.port).collect();
    (ports.len(), requests.len())
}

#[test]
fn shared_by_all_attackers_of_a_shard() {
    let (connections, requests) = made("shared");
    assert_eq!(requests, 60);
    assert!(connections < 6, "{connections} connections for 6 attackers that take turns");
}

#[test]
fn one_for_each_attacker() {
    assert_eq!(made("attacker"), (6, 60));
}

#[test]
fn new_ones_for_each_chain() {
    assert_eq!(made("chain"), (30, 60));
}
