//! acme-tiny: 200 lines of Python that write their answers into a folder of the web server.

use std::path::PathBuf;

use crate::common::scratch::Scratch;
use crate::fixture::{Answers, Ca, openssl};

#[test]
fn gets_a_certificate_for_two_names() {
    let answers = Answers::serve();
    let ca = Ca::start_at(answers.port(), "");
    let [account, csr] = account_and_csr(&ca.scratch, "tiny.example.com", "www.tiny.example.com");
    let output = ca
        .client("acme-tiny")
        .words("--disable-check --directory-url")
        .arg(&ca.directory)
        .words("--account-key")
        .arg(account)
        .words("--csr")
        .arg(csr)
        .words("--acme-dir")
        .arg(answers.folder())
        .run()
        .exits(0);
    ca.vouches_for_pem(&output.stdout);
}

/// The paths of an RSA account key and of a CSR for both names.
fn account_and_csr(scratch: &Scratch, name: &str, other: &str) -> [PathBuf; 2] {
    let [account, key, csr] =
        ["account.key", "tiny.key", "tiny.csr"].map(|file| scratch.path(file));
    openssl(["genrsa", "-out", &account.to_string_lossy(), "2048"]);
    openssl([
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        &key.to_string_lossy(),
        "-subj",
        &format!("/CN={name}"),
        "-addext",
        &format!("subjectAltName = DNS:{name}, DNS:{other}"),
        "-out",
        &csr.to_string_lossy(),
    ]);
    [account, csr]
}
