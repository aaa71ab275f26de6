//! What is served wrong on purpose is what Pebble finds wrong, each in its own words.

use crate::common::misbehaviour::{CASES, Case, script};
use crate::common::scratch::Scratch;
use crate::pebble::pebble;

/// Where Pebble has an error of its own.
const OTHERWISE: &[Case] = &[
    ("tls-alpn-01", "tls: \"plain_http\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"reset\"", "unauthorized"),
    ("dns-01", "dns: \"nxdomain\"", "unauthorized"),
    ("dns-01", "dns: \"servfail\"", "unauthorized"),
    ("dns-01", "dns: \"refused\"", "unauthorized"),
];

#[test]
fn pebble_finds_each_wrong() {
    let (scratch, pebble) = (Scratch::new(), pebble());
    pebble.coyote().script(&script(&scratch, &[CASES, OTHERWISE])).words("once").run().exits(0);
}
