//! A CA that dies, and its file.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::common::coyote::{Coyote, Running, coyote};
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::sound::{count, sound};

/// A CA with its tables in this file.
fn ca(file: &Path, addr: &str, http_port: u16, option: &str) -> Running {
    let line = format!("ca --plain --addr {addr} --http-port {http_port} {option} --store-file");
    coyote(&line).arg(file).start()
}

/// A run against it that issues certificates.
fn issuing(line: &str, directory: &str, http_port: u16) -> Coyote {
    coyote(line)
        .words(&format!("--directory {directory} --http-port {http_port}"))
        .words(FREE_PORTS)
        .script(&own_script("new_cert.rhai"))
}

#[test]
fn a_killed_ca_leaves_whole_transactions_and_another_goes_on() {
    let (scratch, http_port) = (Scratch::new(), free_port());
    let file = scratch.path("ca.sqlite");
    let mut first = ca(&file, "127.0.0.1:0", http_port, "");
    let directory = first.first_line();
    let run = issuing("hammer 20 --duration 30s", &directory, http_port).start();
    std::thread::sleep(Duration::from_secs(3));
    first.kill();
    run.kill();

    let check = |pragma| {
        let connection = Connection::open(&file).expect("it is a database");
        connection.query_row(pragma, [], |row| row.get::<_, String>(0)).expect(pragma)
    };
    assert_eq!(check("PRAGMA integrity_check"), "ok");
    let issued = count(&file, "SELECT COUNT(*) FROM certificates");
    assert!(issued > 20, "{issued}");
    sound(|sql| count(&file, sql));

    let addr = directory.trim_start_matches("http://").trim_end_matches("/directory").to_owned();
    let mut second = ca(&file, &addr, http_port, "");
    assert_eq!(second.first_line(), directory);
    issuing("hammer 5 --iterations 10", &directory, http_port).run().exits(0);
    second.terminate();
    second.finish().exits(0);
    assert_eq!(count(&file, "SELECT COUNT(*) FROM certificates"), issued + 10);
    sound(|sql| count(&file, sql));
}

#[test]
fn what_a_run_in_process_did_is_in_the_file_when_it_ends() {
    let scratch = Scratch::new();
    let file = scratch.path("ca.sqlite");
    for round in 1..=2 {
        let run = coyote("hammer 5 --iterations 20 --store-file").arg(&file);
        run.script(&own_script("revoke_cert.rhai")).run().exits(0);
        let revoked = "SELECT COUNT(*) FROM certificateStatus WHERE status = 'revoked'";
        assert_eq!(count(&file, revoked), round * 20);
    }
    sound(|sql| count(&file, sql));
}

/// Registers an account and tells its URL, which the CA has confirmed by then.
const REGISTERS: &str = "import \"acme\" as acme;
    fn chain() { print(acme::register().url); }";

/// Starts a CA with `option` at `addr`, registers accounts, kills it meanwhile, and returns their URLs.
fn registered_until_killed(scratch: &Scratch, addr: &str, option: &str) -> Vec<String> {
    let file = scratch.path("ca.sqlite");
    let http_port = free_port();
    let mut ca = ca(&file, addr, http_port, option);
    let directory = ca.first_line();
    let run = coyote("hammer 10 --duration 3s")
        .words(FREE_PORTS)
        .words(&format!("--directory {directory}"));
    let run = run.words(&format!("--http-port {http_port}"));
    let run = run.script(&scratch.write("registers.rhai", REGISTERS)).start();
    std::thread::sleep(Duration::from_secs(2));
    ca.kill();
    let told = run.finish().stderr;
    let urls = told.lines().filter_map(|line| line.split_once(" print: "));
    let urls: Vec<String> = urls.map(|(_, url)| url.to_owned()).collect();
    assert!(urls.len() > 20, "{}: {told}", urls.len());
    urls
}

#[test]
fn with_store_sync_nothing_that_was_confirmed_is_lost() {
    let scratch = Scratch::new();
    let urls = registered_until_killed(&scratch, "127.0.0.1:0", "--store-sync");
    let lost = urls.iter().filter(|url| {
        let id = url.rsplit('/').next().unwrap_or_default();
        let sql = format!("SELECT COUNT(*) FROM registrations WHERE id = {id}");
        count(&scratch.path("ca.sqlite"), &sql) == 0
    });
    assert_eq!(lost.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn no_id_is_given_twice_however_often_the_ca_is_killed() {
    let scratch = Scratch::new();
    let addr = format!("127.0.0.1:{}", free_port());
    let mut seen = HashSet::new();
    let (mut given, mut lost) = (0, 0);
    for _ in 0..3 {
        let urls = registered_until_killed(&scratch, &addr, "");
        let kept = count(&scratch.path("ca.sqlite"), "SELECT COUNT(*) FROM registrations");
        given += urls.len();
        lost += given.saturating_sub(kept as usize);
        for url in urls {
            assert!(!seen.contains(&url), "{url} was given twice");
            seen.insert(url);
        }
    }
    assert!(lost > 0, "a kill in the middle of a run should lose rows: this test shows nothing");
}
