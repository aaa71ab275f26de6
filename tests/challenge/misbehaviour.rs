//! What is served wrong on purpose is what the embedded CA finds wrong, each in its own words.

use crate::common::coyote::coyote;
use crate::common::misbehaviour::{CASES, Case, script};
use crate::common::scratch::Scratch;

/// Where Pebble is less strict, or another error is as right.
const STRICTER: &[Case] = &[
    ("tls-alpn-01", "tls: \"not_self_signed\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"plain_http\"", "malformed"),
    ("tls-alpn-01", "tls: \"reset\"", "connection"),
    ("dns-01", "dns: \"nxdomain\"", "unauthorized"),
    ("dns-01", "dns: \"servfail\"", "dns"),
    ("dns-01", "dns: \"refused\"", "dns"),
];

#[test]
fn the_embedded_ca_finds_each_wrong() {
    let scratch = Scratch::new();
    coyote("once").script(&script(&scratch, &[CASES, STRICTER])).run().exits(0);
}
