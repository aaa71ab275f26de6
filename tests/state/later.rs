//! `--state FILE` and ACME: a run goes on with the accounts and certificates of those before it.

use std::fs;
use std::path::PathBuf;

use crate::common::coyote::{Running, coyote};
use crate::common::output::Output;
use crate::common::ports::free_port;
use crate::common::scratch::{Scratch, own_script};
use crate::common::summary::Summary;

/// A CA, what it validates at, and a state file.
struct Setup {
    scratch: Scratch,
    port: u16,
    ca: Option<Running>,
    directory: String,
}

impl Setup {
    fn new() -> Self {
        let scratch = Scratch::new();
        let mut new = Self { scratch, port: free_port(), ca: None, directory: String::new() };
        new.restart("");
        new
    }

    /// Ends the CA, and starts another with these options.
    fn restart(&mut self, options: &str) {
        if let Some(ca) = self.ca.take() {
            ca.interrupt();
            ca.finish().exits(0);
        }
        let line = format!("ca --addr 127.0.0.1:0 --http-port {} {options}", self.port);
        let mut ca = coyote(&line).start();
        self.directory = ca.first_line();
        self.ca = Some(ca);
    }

    fn file(&self) -> PathBuf {
        self.scratch.path("state")
    }

    fn run(&self, script: &str, line: &str) -> (Summary, Output) {
        let ports = "--tls-port off --dns-port off --doh-port off --management-port off";
        let line = format!("{line} --insecure --http-port {} {ports}", self.port);
        let run = coyote(&line).arg("--directory").arg(&self.directory);
        let run = run.arg("--state").arg(self.file()).arg("--summary");
        let run = run.arg(self.scratch.path("s.json")).script(&own_script(script));
        let output = run.run().exits(0);
        (self.scratch.summary("s.json"), output)
    }

    /// How many accounts and certificates the file has.
    fn kept(&self) -> (usize, usize) {
        let text = fs::read_to_string(self.file()).expect("it was written");
        let count = |list: &str| text.matches(&format!("{{\"push\":\"{list}\"")).count();
        (count("accounts"), count("certificates"))
    }
}

fn requests(summary: &Summary, endpoint: &str) -> u64 {
    match summary.0["endpoints"].get(endpoint) {
        Some(_) => summary.count(&format!("/endpoints/{endpoint}/count")),
        None => 0,
    }
}

#[test]
fn attackers_go_on_with_what_they_had() {
    let setup = Setup::new();
    setup.run("new_cert.rhai", "hammer 5 --iterations 20").0.nothing_failed();
    assert_eq!(setup.kept(), (5, 20));
    // Each account is looked up once, and none registered.
    let (summary, _) = setup.run("new_authz.rhai", "hammer 5 --iterations 20");
    summary.nothing_failed();
    assert_eq!(requests(&summary, "new-account"), 5);
    assert_eq!(setup.kept(), (5, 20));
    // What is renewed and revoked is there already: nothing is issued for it.
    let (summary, _) = setup.run("revoke_cert.rhai", "hammer 5 --iterations 8");
    summary.nothing_failed();
    assert_eq!((requests(&summary, "revoke-cert"), requests(&summary, "new-order")), (8, 0));
    assert_eq!(setup.kept(), (5, 12));
    let (summary, _) = setup.run("renew_cert.rhai", "hammer 3 --iterations 6");
    summary.nothing_failed();
    assert_eq!(requests(&summary, "new-order"), 6);
    assert_eq!(setup.kept(), (5, 12));
    // A new key is the one that the next run signs with; what is deactivated is kept no longer.
    setup.run("key_change.rhai", "hammer 5 --iterations 10").0.nothing_failed();
    setup.run("deactivate.rhai", "hammer 2 --iterations 4").0.nothing_failed();
    let (summary, _) = setup.run("renew_cert.rhai", "hammer 3 --iterations 12");
    summary.nothing_failed();
    assert_eq!(setup.kept().1, 12);
}

/// On a CA that knows none of it: everything is made anew, and nothing fails.
#[test]
fn what_another_ca_never_had_is_forgotten() {
    let mut setup = Setup::new();
    setup.run("new_cert.rhai", "hammer 4 --iterations 8").0.nothing_failed();
    setup.restart("");
    for script in ["revoke_cert.rhai", "renew_cert.rhai", "new_authz.rhai", "ari.rhai"] {
        setup.run(script, "hammer 4 --iterations 8").0.nothing_failed();
    }
}

/// A CA that comes back at another port with what it had: accounts are found by their keys, and their
/// certificates can be renewed and revoked.
#[test]
fn a_ca_that_moved_is_found_again() {
    let mut setup = Setup::new();
    let rows = format!("--store-file {}", setup.scratch.path("ca.db").display());
    setup.restart(&rows);
    setup.run("new_cert.rhai", "hammer 4 --iterations 12").0.nothing_failed();
    let before = setup.directory.clone();
    setup.restart(&rows);
    assert_ne!(setup.directory, before);
    let (summary, _) = setup.run("revoke_cert.rhai", "hammer 4 --iterations 5");
    summary.nothing_failed();
    assert_eq!((requests(&summary, "revoke-cert"), requests(&summary, "new-order")), (5, 0));
    let (summary, _) = setup.run("renew_cert.rhai", "hammer 4 --iterations 5");
    summary.nothing_failed();
    assert_eq!(requests(&summary, "new-order"), 5);
    setup.run("key_change.rhai", "hammer 4 --iterations 8").0.nothing_failed();
    let (summary, _) = setup.run("renew_cert.rhai", "hammer 4 --iterations 10");
    summary.nothing_failed();
    assert_eq!(setup.kept(), (4, 7));
}
