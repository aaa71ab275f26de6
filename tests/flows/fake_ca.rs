//! A CA that has one answer for each resource, right unless a test replaces it.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::server::{Reply, Request, Server};

/// An answer: status, headers and body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer with this status and body, and a nonce.
pub(crate) fn answer(status: u16, body: &str) -> Answer {
    let headers = vec![("replay-nonce", "nonce-1".to_owned())];
    Answer { status, headers, body: body.to_owned() }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }
}

/// Starts one; the first `times` answers at `path` are `replacement`, the others right.
pub(crate) fn start(path: &'static str, replacement: Answer, times: usize) -> Server {
    let given = AtomicUsize::new(0);
    Server::start(move |request: &Request| {
        let base = format!("http://{}", request.header("host").expect("HTTP/1.1 demands it"));
        let replaced = request.path == path && given.fetch_add(1, Ordering::SeqCst) < times;
        let answer = if replaced { replacement.clone() } else { right(&request.path, &base) };
        let body = answer.body.replace("BASE", &base).into_bytes();
        Reply::Headed(answer.status, answer.headers, body)
    })
}

/// The options that point `coyote` at it, without a challenge server: nothing is validated.
pub(crate) fn options(ca: &Server) -> String {
    let closed = "--http-port off --tls-port off --dns-port off --doh-port off";
    format!("--directory {} {closed}", ca.url("/directory"))
}

/// What a right CA says; every object has a member that nobody knows.
pub(crate) fn right(path: &str, base: &str) -> Answer {
    match path {
        "/directory" => answer(
            200,
            r#"{"newNonce":"BASE/nonce","newAccount":"BASE/new-account","newOrder":"BASE/new-order",
                "renewalInfo":"BASE/ari","unknown":[1,{"x":null}]}"#,
        ),
        "/nonce" => answer(200, ""),
        "/new-account" => {
            answer(201, r#"{"status":"valid","unknown":5}"#).with("location", "/account/1")
        }
        "/new-order" => answer(201, ORDER).with("location", format!("{base}/order/1")),
        "/authz/1" => answer(200, AUTHZ),
        "/challenge/1" => answer(200, r#"{"status":"processing"}"#),
        "/finalize/1" => {
            answer(200, r#"{"status":"valid","certificate":"BASE/certificate/1","unknown":{}}"#)
        }
        "/certificate/1" => answer(200, CERTIFICATE),
        _ => answer(404, ""),
    }
}

pub(crate) const ORDER: &str = r#"{"status":"pending","identifiers":[{"type":"dns","value":"a.example"}],
    "authorizations":["BASE/authz/1"],"finalize":"BASE/finalize/1","unknown":true}"#;

pub(crate) const AUTHZ: &str = r#"{"status":"valid","identifier":{"type":"dns","value":"a.example"},
    "challenges":[{"type":"unknown-99","x":[]},
        {"type":"http-01","url":"BASE/challenge/1","token":"t"}],"unknown":"x"}"#;

/// The example of RFC 9773 appendix A: for another name and key than anything here.
pub(crate) const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
";
