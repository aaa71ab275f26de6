//! Looks into a flattened JWS (RFC 7515, section 7.2.2) to show what it says. It verifies nothing.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// A flattened JWS: an object with these three members, each a string and each there once.
#[derive(Debug, Deserialize)]
pub(super) struct Jws {
    pub(super) protected: String,
    pub(super) payload: String,
    pub(super) signature: String,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl Jws {
    /// The JWS that `body` is, if it is one.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// The names of further members, such as an unprotected `header`.
    pub(super) fn others(&self) -> impl Iterator<Item = &str> {
        self.others.keys().map(String::as_str)
    }
}

/// The bytes of a base64url text without padding (RFC 7515, section 2); none if it is not one,
/// which is worth seeing in a malformed request.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jws_has_three_strings() {
        let jws = Jws::of(br#"{"protected":"e30","payload":"","signature":"AA","header":{}}"#);
        let jws = jws.expect("a JWS");
        assert_eq!((&*jws.protected, &*jws.payload, &*jws.signature), ("e30", "", "AA"));
        assert_eq!(jws.others().collect::<Vec<_>>(), ["header"]);
    }

    #[test]
    fn what_is_not_one_is_shown_as_it_is() {
        for body in [
            r#"{"protected":"e30","payload":"","signature":1}"#,
            r#"{"protected":"e30","payload":"","payload":"x","signature":"AA"}"#,
            r#"{"protected":"e30","payload":""}"#,
            "[]",
            "protected",
        ] {
            assert!(Jws::of(body.as_bytes()).is_none(), "{body}");
        }
    }

    #[test]
    fn decoding_is_strict() {
        assert_eq!(decode("aGk"), Some(b"hi".to_vec()));
        assert_eq!(decode(""), Some(Vec::new()));
        assert_eq!(decode("aGk="), None);
        assert_eq!(decode("a+k"), None);
    }
}
