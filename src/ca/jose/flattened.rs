//! The flattened JSON form of a JWS (RFC 7515 §7.2.2), decoded.

use std::borrow::Cow;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;

use super::JoseError;
use crate::ca::json::{self, present};

/// A JWS in parts. The header is protected; RFC 8555 §6.2 allows no other.
pub(super) struct Flattened {
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    /// A signature or a MAC.
    pub(super) signature: Vec<u8>,
    /// What was signed.
    pub(super) signing_input: Vec<u8>,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    protected: Cow<'a, str>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
    #[serde(default, deserialize_with = "present")]
    header: bool,
    #[serde(default, deserialize_with = "present")]
    signatures: bool,
}

impl Flattened {
    pub(super) fn read(text: &[u8]) -> Result<Self, JoseError> {
        let members: Members<'_> = json::object(text).map_err(|error| {
            JoseError::malformed(format!("the body is not a JWS in flattened JSON: {error}"))
        })?;
        if members.header {
            return Err(JoseError::malformed("the JWS has an unprotected `header`"));
        }
        if members.signatures {
            return Err(JoseError::malformed("the JWS has a `signatures` array"));
        }
        let header = decode("protected", &members.protected)?;
        let signature = decode("signature", &members.signature)?;
        let payload = decode("payload", &members.payload)?;
        let signing_input =
            [members.protected.as_bytes(), b".", members.payload.as_bytes()].concat();
        Ok(Self { header, payload, signature, signing_input })
    }
}

fn decode(member: &str, text: &str) -> Result<Vec<u8>, JoseError> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        JoseError::malformed(format!("the JWS's `{member}` is not unpadded base64url: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_parts_apart() {
        let text = br#"{"protected":"AQ","payload":"","signature":"Ag"}"#;
        let parts = Flattened::read(text).expect("it is one");
        assert_eq!((parts.header, parts.payload, parts.signature), (vec![1], vec![], vec![2]));
        assert_eq!(parts.signing_input, b"AQ.");
    }
}
