//! Random mutations: the embedded CA survives them, and a CA that does not is told which one it was.

use std::path::PathBuf;
use std::time::Duration;

use crate::common::coyote::{Coyote, coyote};
use crate::common::scratch::{Scratch, own_script};
use crate::common::server::{Reply, Request, Server};
use crate::common::summary::Summary;

/// How many mutated requests the embedded CA is sent: an hour of one every 0.18 seconds.
const MUTATIONS: u64 = 20_000;

fn script() -> PathBuf {
    own_script("bad/mutations.rhai")
}

#[test]
fn the_embedded_ca_survives_them() {
    let scratch = Scratch::new();
    coyote("hammer 20 --seed 8555 --summary")
        .arg(scratch.path("summary.json"))
        .words(&format!("--iterations {MUTATIONS}"))
        .script(&script())
        .within(Duration::from_secs(240))
        .run()
        .exits(0);
    let summary = scratch.summary("summary.json");
    summary.nothing_failed();
    assert_eq!(summary.count("/chains/bad-mutations/count"), MUTATIONS);
}

/// A CA on which everything but newOrder is right, as far as a mutation needs it.
fn ca(new_order: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request: &Request| {
        let base = format!("http://{}", request.header("host").unwrap_or_default());
        let headers =
            vec![("replay-nonce", "bm9uY2U".to_owned()), ("location", format!("{base}/account/1"))];
        let directory = format!(
            r#"{{"newNonce":"{base}/nonce","newAccount":"{base}/new-account","newOrder":"{base}/new-order"}}"#
        );
        match request.path.as_str() {
            "/directory" => Reply::Headed(200, headers, directory.into_bytes()),
            "/new-account" => Reply::Headed(201, headers, br#"{"status":"valid"}"#.to_vec()),
            "/nonce" => Reply::Headed(200, headers, Vec::new()),
            _ => new_order(),
        }
    })
}

fn status(status: u16) -> Reply {
    Reply::Headed(status, vec![("replay-nonce", "bm9uY2U".to_owned())], Vec::new())
}

fn against(command: Coyote, ca: &Server) -> Coyote {
    let closed = "--http-port off --tls-port off --dns-port off --doh-port off";
    command.words(&format!("--directory {} {closed}", ca.url("/directory")))
}

/// Sends the mutation `id` once, which finds something, and returns what the finding says.
#[track_caller]
fn replayed(ca: &Server, id: &str) -> String {
    let output = against(coyote("once -e TIMEOUT_MS=300"), ca)
        .arg("-e")
        .arg(format!("MUTATION={id}"))
        .script(&script())
        .run()
        .exits(1);
    // Every byte, on the way out and as a finding.
    let shown = output.stderr.lines().filter(|line| line.contains(r" /new-order HTTP/1.1\r\n"));
    assert_eq!(shown.count(), 2, "{}", output.stderr);
    told(&output.stdout, id)
}

/// What is said of the finding `id` in `text`, which has to say how to send it again.
#[track_caller]
fn told(text: &str, id: &str) -> String {
    let (_, rest) = text.split_once(&format!("finding {id}: ")).unwrap_or_else(|| panic!("{text}"));
    let (told, rest) = rest.split_once("; ").unwrap_or_else(|| panic!("{text}"));
    assert!(rest.contains(&format!("replay it with -e MUTATION={id}")), "{text}");
    told.to_owned()
}

#[test]
fn an_internal_error_a_hang_and_a_closed_connection_are_findings() {
    let id = "newOrder/1/2";
    let starts = |ca: Server, start: &str| {
        let told = replayed(&ca, id);
        assert!(told.starts_with(start), "{told}");
    };
    starts(ca(|| status(500)), "answered 500");
    starts(ca(|| status(503)), "answered 503");
    starts(ca(|| Reply::Silence), "timeout: ");
    starts(ca(|| Reply::Close), "closed: ");
}

/// Runs `iterations` mutations of newOrder against `ca`; what failed is in the summary.
fn load(ca: &Server, iterations: u64, seed: u64) -> Summary {
    let scratch = Scratch::new();
    let text = "import \"bad\" as bad;\n\
        fn chain() { bad::fuzz(`newOrder/1/${rand::int(0, 4294967295)}`, #{ timeout_ms: 1000 }); }\n";
    let script = scratch.write("found.rhai", text);
    let words = format!("hammer 1 --iterations {iterations} --seed {seed} --summary");
    against(coyote(&words).arg(scratch.path("summary.json")), ca).script(&script).run().exits(0);
    scratch.summary("summary.json")
}

/// A CA that promises everything accepts some that may be right, and many that cannot be.
#[test]
fn wrongful_acceptance_is_a_finding() {
    let summary = load(&ca(|| status(201)), 100, 1);
    let wrongful = summary.errors("chain", "accepted with 201");
    assert!((20..=80).contains(&wrongful), "{:#}", summary.0["errors"]);
    // A signature over other bytes is never right, an unknown member may be.
    assert!(summary.errors("chain", "JWS: ") > 0, "{:#}", summary.0["errors"]);
    assert_eq!(summary.errors("chain", "an unknown member"), 0);
}

#[test]
fn every_4xx_is_right_with_or_without_a_problem_document() {
    let summary = load(&ca(|| status(418)), 60, 1);
    // This server is none of the best: what is no HTTP to it has no answer.
    let others = summary.count("/totals/chains/failed") - summary.errors("chain", "HTTP: ");
    assert_eq!(others, 0, "{:#}", summary.0["errors"]);
}

/// The whole way: a load run finds something, and what it says makes `once` do the same again.
#[test]
fn a_finding_of_a_load_run_is_sent_again_by_its_id() {
    let ca = ca(|| status(500));
    let mut compared = 0;
    for seed in 1..=6 {
        let summary = load(&ca, 1, seed);
        let errors = summary.list("/errors").iter().filter_map(|error| error["example"].as_str());
        let text = errors.filter(|text| text.starts_with("finding ")).collect::<String>();
        let id = text.split([' ', ':']).nth(1).expect("a finding has an id").to_owned();
        let found = told(&text, &id);
        // What HTTP says wrong, the server may not have read.
        if found.contains("HTTP: ") {
            continue;
        }
        let sent = last_order(&ca);
        assert_eq!(replayed(&ca, &id), found);
        let again = last_order(&ca);
        assert_eq!(outline(&sent.body), outline(&again.body), "{found}");
        assert_ne!(sent.body, again.body, "signed anew");
        compared += 1;
    }
    assert!(compared >= 3, "only {compared} could be compared");
}

fn last_order(ca: &Server) -> Request {
    let order = ca.requests().into_iter().rfind(|request| request.path == "/new-order");
    order.expect("an order was asked for")
}

/// What remains of a body when keys, signatures and names are other ones of the same length.
fn outline(body: &[u8]) -> Vec<u8> {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    body.iter().map(|&byte| if is_code(byte) { b'a' } else { byte }).collect()
}

#[test]
fn what_is_no_mutation_is_told() {
    let scratch = Scratch::new();
    for (id, told) in [
        ("newOrder/2", "want RESOURCE/N/SEED, such as newOrder/2/3735928559"),
        ("newOrder/x/1", "the mutation \"newOrder/x/1\" is none"),
        ("newOrder/0/1", "want 1 to 100 mutations, got 0"),
        ("newHorse/1/1", "resource: unknown `newHorse`; it takes newNonce, newAccount"),
    ] {
        let text = format!("import \"bad\" as bad;\nfn chain() {{ bad::fuzz(\"{id}\"); }}\n");
        let script = scratch.write("none.rhai", &text);
        coyote("once").script(&script).run().exits(1).shows(&[told]);
    }
}
