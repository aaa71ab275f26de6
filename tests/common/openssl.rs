//! An independent judge of certificates.

use std::process::Command;

use crate::common::scratch::Scratch;

/// The certificates in what `coyote once` showed, each as PEM, in order.
pub(crate) fn certificates_in(shown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    for line in shown.lines().map(str::trim) {
        if line == "-----BEGIN CERTIFICATE-----" {
            current = Some(String::new());
        }
        if let Some(pem) = &mut current {
            pem.push_str(line);
            pem.push('\n');
        }
        if line == "-----END CERTIFICATE-----" {
            found.extend(current.take());
        }
    }
    found
}

/// Fails the test unless `openssl verify` accepts `chain`, leaf first, against `root`.
#[track_caller]
pub(crate) fn verifies(scratch: &Scratch, chain: &[String], root: &str) {
    let (leaf, issuers) = chain.split_first().expect("a certificate was issued");
    assert!(!issuers.is_empty(), "the chain has no intermediate certificate");
    let root = scratch.write("openssl-root.pem", root);
    let issuers = scratch.write("openssl-issuers.pem", &issuers.concat());
    let leaf = scratch.write("openssl-leaf.pem", leaf);
    let verify = |purpose: &[&str]| {
        Command::new("openssl")
            .args(["verify", "-no-CAfile", "-no-CApath", "-x509_strict"])
            .args(purpose)
            .arg("-CAfile")
            .arg(&root)
            .arg("-untrusted")
            .arg(&issuers)
            .arg(&leaf)
            .output()
            .expect("openssl is installed (tests/run sees to it)")
    };
    let output = verify(&["-purpose", "sslserver"]);
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
}
