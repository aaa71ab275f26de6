//! JWS verification (RFC 7515, 7517, 7518, 7638) for the CA, apart from the attacker's signing.

mod algorithm;
mod binding;
mod error;
mod flattened;
mod jwk;
mod jws;

pub(super) use algorithm::Algorithm;
pub(super) use binding::Binding;
pub(super) use error::JoseError;
pub(super) use jwk::{PublicKey, Thumbprint};
pub(super) use jws::{Jws, KeyReference};

#[cfg(test)]
pub(super) use jwk::test_key;
