//! Databases that cannot be used: told before the run begins, and how to put it right.

use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use crate::asking;
use crate::common::coyote::coyote;
use crate::common::mariadb::{PASSWORD, schema};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

fn script(scratch: &Scratch) -> std::path::PathBuf {
    scratch.write("one.rhai", "fn chain() { db::value(\"SELECT 1\"); }")
}

#[test]
fn a_database_without_a_directory_is_wrong_usage() {
    let scratch = Scratch::new();
    let run = coyote("hammer 1 --duration 1s --mysql u:p@tcp(h)/b").script(&script(&scratch)).run();
    run.exits(2).tells(&["--mysql needs --directory"]);
}

#[test]
fn a_wrong_uri_is_wrong_usage() {
    let scratch = Scratch::new();
    for (uri, told) in [
        ("u:secret@127.0.0.1:3306/boulder", "write user:password@tcp(127.0.0.1:3306)/boulder"),
        ("u:secret@tcp(127.0.0.1:3306)", "no `/` before the name of the database"),
        ("u:secret@tcp(127.0.0.1:many)/b", "`127.0.0.1:many` is no host:port"),
        ("mysql://u:secret@127.0.0.1:99999/b", "invalid port"),
        ("u:secret@tcp(127.0.0.1)/b?tls=custom", "tls=custom is not known"),
        ("u:secret@tcp(127.0.0.1)/", "it names no database"),
        ("mysql://u:secret@127.0.0.1", "it names no database"),
    ] {
        let output = asking(uri, "once").script(&script(&scratch)).run().exits(2).tells(&[told]);
        assert!(!output.stderr.contains("secret"), "{}", output.stderr);
    }
}

#[test]
fn a_refused_login_is_told() {
    let (schema, scratch) = (schema(), Scratch::new());
    let other = format!("coyote:{PASSWORD}@tcp(127.0.0.1:{})/missing", schema.port);
    for (uri, told) in [
        (schema.uri_as("coyote:wrong"), "Access denied for user 'coyote'"),
        (schema.uri_as("nobody"), "Access denied for user 'nobody'"),
        (other, "Unknown database 'missing'"),
        (schema.uri() + "?tls=true", "it speaks no TLS; leave out tls="),
    ] {
        let output = asking(&uri, "once").script(&script(&scratch)).run().exits(4);
        let _ = output.tells(&["refuses to be used", told, "are user, password and database"]);
    }
}

#[test]
fn a_dead_server_is_told() {
    let scratch = Scratch::new();
    let missing = scratch.path("socket");
    for uri in [
        format!("u:p@tcp(127.0.0.1:{})/b", free_port()),
        format!("u:p@unix({})/b", missing.display()),
        "u:p@tcp(no-such-host.invalid:3306)/b".to_owned(),
    ] {
        let output = asking(&uri, "hammer 1").script(&script(&scratch)).run().exits(4);
        let _ = output.tells(&["cannot reach the database at", "is the database running"]);
    }
}

/// A server that is no database: it says this to everybody, and no more.
fn says(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(words);
            open.push(stream);
        }
    });
    port
}

#[test]
fn a_server_that_is_no_database_is_told() {
    let scratch = Scratch::new();
    for (words, told) in [
        (&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..], "database at 127.0.0.1:"),
        (&b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"[..], "database at 127.0.0.1:"),
        (&b""[..], "lets nobody in"),
    ] {
        let uri = format!("u:p@tcp(127.0.0.1:{})/b", says(words));
        let run = asking(&uri, "once").script(&script(&scratch)).within(Duration::from_secs(30));
        let _ = run.run().exits(4).tells(&[told]);
    }
}

#[test]
fn a_run_without_a_database_cannot_be_let_write_it() {
    let scratch = Scratch::new();
    let script = scratch.write("none.rhai", "fn chain() { }");
    let run = |line: &str| coyote(line).script(&script).run().exits(2);
    for line in ["once --db-write", "once --db-write --directory http://127.0.0.1:1/directory"] {
        let _ =
            run(line).tells(&["--db-write lets scripts change a database, but this run has none"]);
    }
}

#[test]
fn without_a_database_lookups_say_how_to_get_one() {
    let scratch = Scratch::new();
    let script = scratch.write(
        "none.rhai",
        "fn chain() {
             check::that(\"none\", !db::available());
             let kind = \"\"; let told = \"\";
             try { db::any(\"orders\"); } catch (error) { kind = error.kind; told = error.message; }
             check::that(\"kind\", kind == \"no_database\");
             check::that(\"advice\", told.contains(\"--mysql\"));
         }",
    );
    coyote("once").script(&script).run().exits(0);
}
