//! JOSE as ACME uses it: algorithms, JWK, JWS.

pub mod alg;
pub mod json_object;
pub mod jwk;
pub mod jws;
#[cfg(test)]
pub(crate) mod vectors;
