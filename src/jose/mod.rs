//! JOSE as ACME uses it: algorithms, JWK, JWS.

pub mod alg;
pub mod jwk;
#[cfg(test)]
pub(crate) mod vectors;
