//! `file::credentials`: pairs that attackers share, as basic auth.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Server, text};

const SCRIPT: &str = r#"
fn chain() {
    http::get(env::get("URL") + attacker::id(), #{ auth: file::credentials(env::get("CREDENTIALS")) });
    sleep(0.02);
}
"#;

#[test]
fn attackers_share_the_pairs_evenly() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let server = Server::start(|_| text("hello"));
    let script = scratch.write("auth.rhai", SCRIPT);
    let pairs = elsewhere.write(".htpasswd", "b35e:2102\n8d90:5668:x\n\n731f:1578\n");
    coyote("hammer 6 --iterations 60 --shards 2 -e")
        .arg(format!("URL={}", server.url("/")))
        .words("-e")
        .arg(format!("CREDENTIALS={}", pairs.display()))
        .script(&script)
        .run()
        .exits(0);
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for request in server.requests() {
        let sent = request.header("authorization").expect("basic auth").to_owned();
        let before = seen.entry(request.path).or_insert(sent.clone());
        assert_eq!(*before, sent, "an attacker keeps its pair");
    }
    assert!(seen.len() > 3, "more attackers than pairs: {seen:?}");
    for (path, sent) in seen {
        let id: usize = path[1..].parse().expect("an attacker's number");
        let pair = ["b35e:2102", "8d90:5668:x", "731f:1578"][id % 3];
        assert_eq!(sent, format!("Basic {}", STANDARD.encode(pair)), "attacker {id}");
    }
}

#[test]
fn what_is_wrong_is_told_without_the_secret() {
    let scratch = Scratch::new();
    let script = scratch.write("auth.rhai", SCRIPT);
    for (text, told) in [
        ("k:s\nSECRET\n", "pairs:2: there is no colon; want key:secret"),
        ("", "pairs is empty"),
        (":SECRET\n", "pairs:1: there is no key"),
    ] {
        scratch.write("pairs", text);
        let output = coyote("once -e URL=http://127.0.0.1:1/ -e CREDENTIALS=pairs")
            .script(&script)
            .run()
            .exits(1)
            .shows(&[told]);
        assert!(!output.stdout.contains("SECRET"), "{}", output.stdout);
    }
    // Only who starts coyote may lead a script out of its folder.
    let own = scratch.write("own.rhai", "fn chain() { file::credentials(\"/etc/passwd\"); }");
    coyote("once")
        .script(&own)
        .run()
        .exits(1)
        .shows(&["is outside the script's folder", "-e KEY="]);
}
