//! `coyote backend` without routes.

use crate::common::coyote::coyote;
use crate::common::scratch::Scratch;
use crate::curl::{ask, curl};
use crate::stand_in::Backend;

#[test]
fn it_answers_with_its_id_and_the_port_it_was_asked_from() {
    let backend = Backend::start("3", "");
    let url = backend.url("/any?thing");
    let answers = curl(&format!("{url} {url} -w %{{local_port}}\r\n\r\n"));
    let [first, second] = &answers[..] else { panic!("{answers:?}") };
    for answer in [first, second] {
        assert_eq!((answer.status, answer.header("backend-id")), (200, "3"));
        let port = answer.header("source-port");
        assert!(answer.body.starts_with(&format!("backend 3, asked from port {port}\n")));
        // What curl says of its own end of the connection.
        assert!(answer.body.trim_end().ends_with(&format!("\n{port}")), "{answer:?}");
    }
    assert_eq!(first.header("source-port"), second.header("source-port"), "it is kept alive");
    assert_ne!(ask(&url).header("source-port"), first.header("source-port"));
}

#[test]
fn bodies_are_read_to_their_end() {
    let (scratch, backend) = (Scratch::new(), Backend::start("0", ""));
    let body = scratch.write("body", &"x".repeat(3_000_000));
    let url = backend.url("/");
    let answers = curl(&format!("-H Expect: --data-binary @{} {url} {url}", body.display()));
    let ports: Vec<_> = answers.iter().map(|answer| answer.header("source-port")).collect();
    assert!(ports.len() == 2 && ports[0] == ports[1], "one connection carries both: {ports:?}");
}

#[test]
fn it_ends_on_ctrl_c_and_sigterm() {
    let backends = [Backend::start("0", ""), Backend::start("1", "--threads 1")];
    backends[0].running.interrupt();
    backends[1].running.terminate();
    for backend in backends {
        backend.running.finish().exits(0);
    }
}

#[test]
fn a_taken_port_is_told() {
    let backend = Backend::start("0", "");
    let told = format!("cannot listen on {}: Address already in use", backend.addr);
    let line = format!("backend 1 {}", backend.port());
    coyote(&line).run().exits(4).tells(&[&told, "choose another port, or 0"]);
}

#[test]
fn https_has_a_root_of_its_own() {
    let scratch = Scratch::new();
    let root = scratch.path("root.pem");
    let backend = Backend::start("7", &format!("--tls --tls-root {}", root.display()));
    let url = format!("https://{}/", backend.addr);
    assert_eq!(ask(&format!("--cacert {} {url}", root.display())).header("backend-id"), "7");
    assert!(curl(&url).is_empty(), "nobody else trusts it");
    assert!(curl(&backend.url("/")).is_empty(), "and it speaks nothing else");
}

#[test]
fn wrong_usage_is_told() {
    coyote("backend 0 0 --tls-root root.pem").run().exits(2).tells(&["--tls"]);
    coyote("backend").arg("two words").arg("0").run().exits(2).tells(&["one word"]);
    coyote("backend 0 70000").run().exits(2).tells(&["70000"]);
}
