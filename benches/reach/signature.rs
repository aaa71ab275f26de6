//! What a signed request is measured against: the bare signature, its key parsed beforehand.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::Outcome;

/// As long as the signing input of an ACME request.
const MESSAGE: [u8; 350] = [b'a'; 350];

/// The role: how many signatures.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let [count] = arguments else { return Err("want COUNT".into()) };
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let random = SystemRandom::new();
    for _ in 0..count.parse::<u64>()? {
        std::hint::black_box(key.sign(&random, std::hint::black_box(&MESSAGE))?);
    }
    Ok(())
}
