//! What the system does not allow: a port that is taken, too few open files.

use std::net::TcpListener;
use std::process::Command;

use crate::common::coyote::{Coyote, coyote};
use crate::common::ports::free_port;
use crate::common::scratch::{Scratch, own_script};

#[test]
fn the_challenge_servers_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let line = format!("hammer 1 --duration 1s --http-port {port}");
    let output = coyote(&line).script(&own_script("new_authz.rhai")).run().exits(4);
    let port = format!("127.0.0.1:{port}");
    let output = output.tells(&[&port, "Address already in use", "--http-port"]);
    assert_eq!(output.stdout, "", "nothing ran");
}

#[test]
fn the_embedded_cas_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let addr = taken.local_addr().expect("it is bound").to_string();
    let output = coyote("ca --addr").arg(&addr).run().exits(4);
    let output = output.tells(&[&addr, "Address already in use", "choose another"]);
    assert_eq!(output.stdout, "", "no directory is promised");
}

#[test]
fn the_management_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let off = "--http-port off --tls-port off --dns-port off --doh-port off";
    let line = format!("challenge-server {off} --management-port {port}");
    let output = coyote(&line).run().exits(4).tells(&["--management-port", "--management-addr"]);
    assert!(!output.stderr.contains("--challenge-addr"), "{}", output.stderr);
}

#[test]
fn one_port_is_given_to_two_kinds() {
    let port = free_port();
    let line = format!("challenge-server --http-port {port} --tls-port {port}");
    coyote(&line)
        .words("--dns-port off --doh-port off")
        .run()
        .exits(4)
        .tells(&["`--tls-port` names a port of HTTP-01"]);
}

#[test]
fn stdout_is_full() {
    let scratch = Scratch::new();
    let script = scratch.write("fine.rhai", "fn chain() {}");
    let path = scratch.path("summary.json");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" >/dev/full", "sh", env!("CARGO_BIN_EXE_coyote")]);
    let command = Coyote::from(command).words("hammer 1 --iterations 1 --summary").arg(&path);
    command.script(&script).run().exits(4).tells(&["cannot write to stdout: No space left"]);
    scratch.summary("summary.json").nothing_failed();
}

/// A run of 100 attackers that may open `soft` files, and raise that to `hard`.
fn limited(soft: u32, hard: u32) -> Coyote {
    let mut command = Command::new("sh");
    let line = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$@\"");
    command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_coyote")]);
    let command = Coyote::from(command).words("hammer 100 --iterations 100");
    command.script(&own_script("new_authz.rhai"))
}

#[test]
fn too_few_open_files_are_told_with_the_number_needed() {
    let output = limited(150, 200).run().exits(4);
    let output = output.tells(&["100 attackers need about", "may open 200", "ulimit -n "]);
    assert_eq!(output.stdout, "", "nothing ran");
    // The number is right: with it, the run starts.
    let needed = output.stderr.split("ulimit -n ").nth(1).expect("just seen");
    let needed: String = needed.chars().take_while(char::is_ascii_digit).collect();
    let needed: u32 = needed.parse().expect("a number");
    limited(needed, needed).run().exits(0);
}

#[test]
fn the_limit_is_raised_as_far_as_it_goes() {
    limited(150, 4096).run().exits(0);
}
