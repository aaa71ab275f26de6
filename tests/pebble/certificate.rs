//! What Pebble issues through coyote is what Pebble's root vouches for.

use crate::common::openssl::{certificates_in, verifies};
use crate::common::scratch::{Scratch, own_script};
use crate::pebble::pebble;

#[test]
fn new_cert_yields_a_chain_that_openssl_accepts() {
    let (scratch, pebble) = (Scratch::new(), pebble());
    let output = pebble.coyote().script(&own_script("new_cert.rhai")).words("once").run().exits(0);
    let chain = certificates_in(&output.stdout);
    assert!(pebble.certificate("/intermediates/0").contains(chain[1].trim()), "another issuer");
    verifies(&scratch, &chain, &pebble.certificate("/roots/0"));
}
