//! A CA that dies, and its file.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::common::coyote::{Coyote, Running, coyote};
use crate::common::ports::{FREE_PORTS, free_port};
use crate::common::scratch::{Scratch, own_script};
use crate::sound::{count, sound};

/// A CA with its tables in this file.
fn ca(file: &Path, addr: &str, http_port: u16) -> Running {
    let line = format!("ca --plain --addr {addr} --http-port {http_port} --store-file");
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
    let mut first = ca(&file, "127.0.0.1:0", http_port);
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
    let mut second = ca(&file, &addr, http_port);
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
