//! The tables in a real MariaDB.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::coyote::{Coyote, coyote};
use crate::common::mariadb::{MariaDb, Schema, schema};
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::sound::sound;

fn number(schema: &Schema, sql: &str) -> u32 {
    schema.sql(sql).trim().parse().unwrap_or_else(|_| panic!("{sql}: no number"))
}

/// Every chain of the repository that only needs a CA.
fn every_chain() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let files = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("read").path());
    let mut scripts: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ext| ext == "rhai")).collect();
    scripts.sort();
    scripts
}

#[test]
fn a_hundred_attackers_with_every_chain_leave_sound_tables() {
    let (schema, scratch) = (schema(), Scratch::new());
    let run = coyote("hammer 100 --duration 8s --store-mysql").arg(schema.uri());
    let run = every_chain().iter().fold(run, |run, path| run.script(path));
    let summary = scratch.path("summary.json");
    run.words("--summary").arg(&summary).within(Duration::from_secs(120)).run().exits(0);
    let summary = scratch.summary("summary.json");
    assert_eq!(summary.failed_checks(), Vec::<&str>::new());
    sound(|sql| number(&schema, sql));
    let issued = number(&schema, "SELECT COUNT(*) FROM certificates");
    assert!(issued > 50, "{issued}");
    assert!(number(&schema, "SELECT COUNT(*) FROM revokedCertificates") > 0);
    let shared = "SELECT COUNT(*) FROM (SELECT jwk_sha256 FROM registrations GROUP BY jwk_sha256 \
                  HAVING COUNT(*) > 1) doubled";
    assert_eq!(number(&schema, shared), 0);
}

/// A run against the CA at `directory`.
fn against(line: &str, directory: &str, http_port: u16) -> Coyote {
    let script = own_script("new_cert.rhai");
    let run = coyote(line).words(&format!("--directory {directory} --http-port {http_port}"));
    run.words(FREE_PORTS).script(&script)
}

#[test]
fn nothing_is_lost_when_the_database_dies_and_comes_back() {
    let mut server = MariaDb::start();
    let (schema, http_port) = (server.boulder(), free_port());
    let line = format!("ca --plain --addr 127.0.0.1:0 --http-port {http_port} --store-mysql");
    let mut ca = coyote(&line).arg(schema.uri()).start();
    let directory = ca.first_line();
    against("hammer 10 --iterations 50", &directory, http_port).run().exits(0);
    server.kill();
    // Requests are answered from memory.
    against("hammer 10 --iterations 50", &directory, http_port).run().exits(0);
    ca.wait_for_stderr("cannot be written");
    server.restart();
    ca.wait_for_stderr("is written again");
    against("hammer 10 --iterations 50", &directory, http_port).run().exits(0);
    ca.terminate();
    let told = ca.finish().exits(0);
    assert_eq!(told.stderr.matches("cannot be written").count(), 1, "{}", told.stderr);
    assert_eq!(number(&schema, "SELECT COUNT(*) FROM certificates"), 150);
    sound(|sql| number(&schema, sql));
}

#[test]
fn a_ca_that_ends_without_its_database_says_what_is_missing() {
    let mut server = MariaDb::start();
    let (schema, http_port) = (server.boulder(), free_port());
    let line = format!("ca --plain --addr 127.0.0.1:0 --http-port {http_port} --store-mysql");
    let mut ca = coyote(&line).arg(schema.uri()).start();
    let directory = ca.first_line();
    server.kill();
    against("hammer 1 --iterations 1", &directory, http_port).run().exits(0);
    ca.terminate();
    ca.finish().exits(4).tells(&["changes are not in the CA's store coyote@tcp(127.0.0.1:"]);
}

#[test]
fn another_ca_goes_on_and_scripts_read_what_it_wrote() {
    let (schema, scratch) = (schema(), Scratch::new());
    let script = scratch.write(
        "reads.rhai",
        "import \"acme\" as acme;
         fn chain() {
             let account = acme::account();
             let name = rand::domain();
             acme::issue(account, [name]);
             // At once: lookups wait for what is on its way.
             let row = db::row(\"SELECT * FROM authz2 WHERE identifierValue = ?\", [name]);
             check::that(\"valid\", row.status == 1 && row.attemptedAt > 0);
             check::that(\"is bytes\", row.token.len() == 32);
         }",
    );
    for round in 1..=2_u32 {
        let run = coyote("hammer 4 --iterations 20 --store-mysql").arg(schema.uri());
        let run = run.words("--summary").arg(scratch.path("summary.json"));
        run.script(&script).run().exits(0);
        let summary = scratch.summary("summary.json");
        summary.nothing_failed();
        assert_eq!(summary.failed_checks(), Vec::<&str>::new());
        assert_eq!(number(&schema, "SELECT COUNT(*) FROM certificates"), round * 20);
    }
    assert_eq!(number(&schema, "SELECT COUNT(DISTINCT issuerID) FROM certificateStatus"), 1);
    sound(|sql| number(&schema, sql));
}
