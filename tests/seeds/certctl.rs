//! The third seed, certctl: its API, which `coyote backend` stands in for, and its ACME, which the embedded
//! CA speaks as well.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::common::coyote::{Coyote, coyote};
use crate::common::ports::FREE_PORTS;
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Reply, Request, Server};
use crate::common::summary::Summary;
use crate::stand_in::Backend;

fn script(line: &str, name: &str) -> Coyote {
    coyote(line).script(&own_script(&format!("seeds/certctl_{name}.rhai")))
}

/// Runs a script of the API for a while against its stand-in.
fn run(name: &str, line: &str) -> Summary {
    let scratch = Scratch::new();
    let backend = Backend::with_file(&own_script("seeds/certctl.routes.json"));
    let command = script(&format!("{line} -e CERTCTL_BASE={}", backend.url("")), name);
    command.words("--summary").arg(scratch.path("s.json")).run().exits(0);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    summary
}

#[test]
fn certificates_are_asked_for_and_listed() {
    let summary = run("api", "hammer 2 --duration 2s");
    for endpoint in ["create-certificate", "list-certificates"] {
        assert!(summary.count(&format!("/endpoints/{endpoint}/count")) > 5, "{endpoint}");
    }
}

#[test]
fn its_scenarios_run_side_by_side() {
    let summary = run("api", "plan --duration 7s");
    // The second begins 5 s after the first.
    for (chain, least) in [("create_certificate", 300), ("list_certificates", 90)] {
        let count = summary.count(&format!("/chains/certctl-api~1{chain}/count"));
        assert!(count >= least, "{chain}: {count}");
    }
}

#[test]
fn every_script_has_a_plan() {
    for (name, scenarios) in [
        ("api", &["issuance_acceptance", "list_certificates"][..]),
        ("acme", &["acme_flow"]),
        ("acme_burst", &["unsigned", "signed"]),
        ("bulk_renewal", &["bulk_renewal"]),
        ("agents", &["agent_storm"]),
    ] {
        script("plan --dry-run", name).run().exits(0).shows(scenarios);
    }
}

#[test]
fn a_wrong_token_fails() {
    let backend = Backend::with_file(&own_script("seeds/certctl.routes.json"));
    let line = format!("once -e CERTCTL_TOKEN=other -e CERTCTL_BASE={}", backend.url(""));
    script(&line, "api").run().exits(1).shows(&["401"]);
}

#[test]
fn certificates_are_renewed_in_bulk() {
    let summary = run("bulk_renewal", "hammer 2 --duration 2s -e CERTIFICATES=250");
    assert!(summary.count("/endpoints/bulk-renew/count") > 2);
}

#[test]
fn agents_report() {
    let summary = run("agents", "hammer 2 --duration 2s -e AGENTS=250");
    assert!(summary.count("/endpoints/heartbeat/count") > 5);
}

/// A certctl that keeps what it is given: lists by page, and refuses what it has.
#[derive(Default)]
struct Certctl {
    /// The bodies it was given, by path and name.
    kept: Mutex<BTreeMap<(String, String), Value>>,
}

impl Certctl {
    fn start() -> Server {
        let certctl = Self::default();
        Server::start(move |request| certctl.answer(request))
    }

    fn answer(&self, request: &Request) -> Reply {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let (status, body) = match (request.method.as_str(), path) {
            _ if request.header("authorization") != Some("Bearer load-test-token") => {
                (401, json!({ "error": "who are you?" }))
            }
            ("GET", _) => (200, self.list(path, query)),
            (_, "/api/v1/certificates" | "/api/v1/agents") => self.keep(path, &request.body),
            _ => (200, json!({ "asked": path })),
        };
        Reply::Answer(status, "application/json".to_owned(), body.to_string().into_bytes())
    }

    fn keep(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let mut kept = self.kept.lock().expect("nobody panics with it");
        let mut body: Value = serde_json::from_slice(body).expect("JSON");
        let name = body["name"].as_str().expect("a name").to_owned();
        body["id"] = format!("id-of-{name}").into();
        if kept.contains_key(&(path.to_owned(), name.clone())) {
            return (409, json!({ "error": format!("{name} is there already") }));
        }
        kept.insert((path.to_owned(), name), body.clone());
        (201, body)
    }

    fn list(&self, path: &str, query: &str) -> Value {
        let number = |name: &str| -> usize {
            let found = query.split('&').find_map(|part| part.strip_prefix(name));
            found.and_then(|value| value.parse().ok()).unwrap_or(1)
        };
        let (page, per_page) = (number("page="), number("per_page="));
        let kept = self.kept.lock().expect("nobody panics with it");
        let all: Vec<_> =
            kept.iter().filter(|((at, _), _)| at == path).map(|(_, body)| body).collect();
        let data: Vec<_> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
        json!({ "data": data, "total": all.len(), "page": page, "per_page": per_page })
    }
}

/// The bodies that were posted to `path`.
fn posted(server: &Server, path: &str) -> Vec<Value> {
    let requests = server.requests().into_iter();
    let bodies = requests.filter(|request| request.method == "POST" && request.path == path);
    bodies.map(|request| serde_json::from_slice(&request.body).expect("JSON")).collect()
}

#[test]
fn requests_carry_what_certctl_wants() {
    let server = Certctl::start();
    script(&format!("once -e CERTCTL_BASE={}", server.url("")), "api").run().exits(0);
    let bodies = posted(&server, "/api/v1/certificates");
    let [body] = &bodies[..] else { panic!("{bodies:?}") };
    let name = body["name"].as_str().expect("a name");
    let expected = json!({
        "name": name, "common_name": name, "sans": [name], "issuer_id": "iss-local",
        "owner_id": "o-alice", "team_id": "t-platform", "renewal_policy_id": "rp-standard",
        "environment": "production",
    });
    assert_eq!(*body, expected);
    let listed = server.requests().pop().expect("a last request");
    assert_eq!(
        (listed.method.as_str(), listed.path.as_str()),
        ("GET", "/api/v1/certificates?per_page=50")
    );
}

#[test]
fn what_is_there_from_an_earlier_run_is_not_made_twice() {
    let server = Certctl::start();
    for (wanted, new) in [(510, 510), (510, 0), (520, 10)] {
        let line = format!(
            "once -e CERTCTL_BASE={} -e CERTIFICATES={wanted} -e AGENTS={wanted}",
            server.url("")
        );
        let told = format!("of which {new} are new");
        for name in ["bulk_renewal", "agents"] {
            script(&line, name).run().exits(0).tells(&[&told]);
        }
    }
    for path in ["/api/v1/certificates", "/api/v1/agents"] {
        assert_eq!(posted(&server, path).len(), 520, "{path}");
    }
    let renewed = posted(&server, "/api/v1/certificates/bulk-renew");
    let criteria =
        json!({ "issuer_id": "iss-local", "owner_id": "o-alice", "team_id": "t-platform" });
    assert_eq!(renewed, vec![criteria; 3]);
    let beats =
        server.requests().into_iter().filter(|request| request.path.ends_with("/heartbeat"));
    let beats: Vec<_> = beats.map(|request| request.path).collect();
    assert_eq!(beats.len(), 3);
    assert!(
        beats.iter().all(|path| path.starts_with("/api/v1/agents/id-of-loadtest-agent-")),
        "{beats:?}"
    );
}

#[test]
fn acme_is_asked_what_needs_no_signature() {
    let scratch = Scratch::new();
    let line = format!("hammer 5 --duration 2s --http-port 0 {FREE_PORTS} --summary");
    coyote(&line)
        .arg(scratch.path("s.json"))
        .script(&own_script("seeds/certctl_acme.rhai"))
        .run()
        .exits(0);
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    for endpoint in ["directory", "new-nonce", "renewal-info"] {
        assert!(summary.count(&format!("/endpoints/{endpoint}/count")) > 5, "{endpoint}");
    }
}

/// Runs the burst against the embedded CA, which allows few directories.
#[test]
fn in_a_burst_all_is_asked_and_limits_are_told_as_they_should() {
    let scratch = Scratch::new();
    let ports = format!("--http-port 0 {FREE_PORTS}");
    let line = format!("hammer 5 --duration 3s --limit directory:20/10s {ports}");
    script(&line, "acme_burst").words("--summary").arg(scratch.path("s.json")).run();
    let summary = scratch.summary("s.json");
    summary.nothing_failed();
    for endpoint in
        ["directory", "new-nonce", "renewal-info", "new-account", "new-order", "finalize"]
    {
        assert!(summary.count(&format!("/endpoints/{endpoint}/count")) > 5, "{endpoint}");
    }
    assert!(summary.count("/metrics/acme_rate_limit_shape_ok/count") > 5);
    assert_eq!(summary.count("/metrics/acme_rate_limit_shape_wrong/count"), 0);
}

#[test]
fn a_429_of_another_shape_is_a_breach() {
    let scratch = Scratch::new();
    let server = Server::start(|request| {
        let base = format!("http://{}", request.header("host").expect("HTTP/1.1 demands it"));
        let directory = json!({
            "newNonce": format!("{base}/new-nonce"), "newAccount": format!("{base}/new-account"),
            "newOrder": format!("{base}/new-order"), "renewalInfo": format!("{base}/renewal-info"),
            "revokeCert": format!("{base}/revoke"), "keyChange": format!("{base}/key-change"),
        });
        match request.path.as_str() {
            "/directory" => Reply::Answer(
                200,
                "application/json".to_owned(),
                directory.to_string().into_bytes(),
            ),
            _ => Reply::Answer(429, "text/html".to_owned(), b"<h1>Slow down</h1>".to_vec()),
        }
    });
    let line = format!(
        "hammer 1 --duration 1s --directory {} --http-port 0 {FREE_PORTS} --stop-timeout 1s",
        server.url("/directory")
    );
    script(&line, "acme_burst").words("--summary").arg(scratch.path("s.json")).run().exits(99);
    let summary = scratch.summary("s.json");
    assert_eq!(summary.count("/metrics/acme_rate_limit_shape_ok/count"), 0);
    assert!(summary.count("/metrics/acme_rate_limit_shape_wrong/count") > 0);
}
