//! Every example in the documentation of the script API does what it says.

use crate::api::described;
use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::common::server::{Reply, Request, Server, text};

/// A page to fetch, and an echo of whatever is sent.
fn example_server() -> Server {
    Server::start(|request: &Request| match request.method.as_str() {
        "GET" | "HEAD" => text("some text"),
        "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
            let kind = request.header("content-type").unwrap_or("application/octet-stream");
            Reply::Answer(200, kind.to_owned(), request.body.clone())
        }
        _ => Reply::Answer(405, "text/plain".to_owned(), Vec::new()),
    })
}

/// The files that examples read.
fn write_fixtures(scratch: &Scratch) {
    std::fs::create_dir(scratch.path("fixtures")).expect("a folder");
    for (name, text) in [
        ("names.txt", "a.example\nb.example\n"),
        ("users.csv", "name,team\nalice,platform\nbob,pki\n"),
        ("plan.json", r#"{ "issuers": ["iss-local"], "size": 3 }"#),
        ("credentials", "key-1:secret-1\nkey-2:secret-2\n"),
    ] {
        scratch.write(&format!("fixtures/{name}"), text);
    }
}

#[test]
fn every_example_succeeds_in_a_chain() {
    let (scratch, server) = (Scratch::new(), example_server());
    // What it is does not matter, as long as it speaks TLS.
    let mut tls = coyote("ca --addr 127.0.0.1:0").start();
    let tls_url = tls.first_line();
    write_fixtures(&scratch);
    let examples = described().examples();
    assert!(examples.len() > 100, "only {} examples were found", examples.len());
    for (number, example) in examples.iter().enumerate() {
        let name = format!("{}-{}-{number}", example.module, example.function);
        let name = name.trim_start_matches('-').to_owned();
        let text = format!(
            "import \"acme\" as acme;\n\
             fn options() {{ #{{ name: \"{name}\", columns: [\"backend\"] }} }}\n\
             fn setup() {{ #{{ names: [\"a.example\", \"b.example\"] }} }}\n\
             fn chain(data) {{\n    const EXAMPLE_URL = \"{}\";\n    const EXAMPLE_TLS = \"{tls_url}\";\n{}\n}}\n",
            server.url("/"),
            example.code
        );
        scratch.write(&format!("{number:03}.rhai"), &text);
    }

    let output =
        coyote("once --summary").arg(scratch.path("summary.json")).script(scratch.folder()).run();
    let failed: Vec<&str> =
        output.stdout.lines().filter(|line| line.contains(": FAILED: ")).collect();
    assert!(failed.is_empty(), "{failed:#?}\n{}", output.stderr);
    let output = output.exits(0);
    assert_eq!(output.stdout.matches(": succeeded\n").count(), examples.len());
    let summary = scratch.summary("summary.json");
    assert!(summary.count("/totals/checks/count") > 50);
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
}
