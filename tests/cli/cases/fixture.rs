//! A server that answers as a case needs it, and files of cases that ask it.

use std::path::PathBuf;

use serde_json::json;

use crate::common::scratch::Scratch;
use crate::common::server::{Reply, Request, Server};

/// `/STATUS/TYPE` is answered with that status and a problem of that type; other paths say how the
/// server fails.
pub(super) fn server() -> Server {
    Server::start(|request: &Request| {
        let path = request.path.trim_start_matches('/');
        match path {
            "close" => Reply::Close,
            "silence" => Reply::Silence,
            _ => problem(path),
        }
    })
}

fn problem(path: &str) -> Reply {
    let (status, kind) = path.split_once('/').unwrap_or((path, ""));
    let status = status.parse().expect("the test asks for a status");
    let body = match kind {
        "" => Vec::new(),
        kind => {
            let kind = format!("urn:ietf:params:acme:error:{kind}");
            json!({ "type": kind, "detail": "no\u{1b}[2Jway" }).to_string().into_bytes()
        }
    };
    Reply::Answer(status, "application/problem+json".to_owned(), body)
}

/// The text of a case that gets `path`.
pub(super) fn case(server: &Server, name: &str, expect: &str, path: &str) -> String {
    let url = server.url(&format!("/{path}"));
    let send = format!("|ctx| http::get(\"{url}\", #{{ timeout_ms: 300 }})");
    format!("#{{ name: \"{name}\", expect: #{{ rfc: {expect} }}, send: {send} }},\n")
}

/// A case that cannot be asked.
pub(super) const ABSENT: &str = "#{ name: \"absent\", row: 50, what: \"no EAB\", send: |ctx| \
    { throw #{ kind: \"not_offered\", message: \"it asks for no EAB\" } } },\n";

/// A script with these cases.
pub(super) fn file(scratch: &Scratch, name: &str, cases: &str) -> PathBuf {
    scratch.write(name, &format!("fn cases() {{ [\n{cases}] }}\n"))
}

/// The rows of the table, each as its cells, without the reasons below those that failed.
pub(super) fn table(stdout: &str) -> Vec<Vec<&str>> {
    let lines = stdout.lines().skip_while(|line| !line.starts_with("CASE "));
    let rows = lines.skip(1).filter(|line| line.starts_with("bad/"));
    rows.map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect()
}
