//! The JWS of an external account binding (RFC 8555 §7.3.4): not signed, but with a MAC by a key
//! that the CA has given out.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use serde::Deserialize;

use super::{JoseError, PublicKey, flattened::Flattened};
use crate::ca::json::{self, present};

/// A binding that was taken apart but not yet verified.
pub(in crate::ca) struct Binding {
    /// The name of the MAC key.
    pub(in crate::ca) kid: String,
    pub(in crate::ca) url: String,
    algorithm: hmac::Algorithm,
    signing_input: Vec<u8>,
    mac: Vec<u8>,
    payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    kid: Option<String>,
    url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    nonce: bool,
    #[serde(default, deserialize_with = "present")]
    jwk: bool,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

impl Binding {
    /// Takes apart the JWS in `text` and checks the form of its header.
    pub(in crate::ca) fn parse(text: &[u8]) -> Result<Self, JoseError> {
        let Flattened { header, payload, signature, signing_input } = Flattened::read(text)?;
        let header: Header<'_> = json::object(&header).map_err(|error| {
            JoseError::malformed(format!("the protected header cannot be read: {error}"))
        })?;
        if header.nonce {
            return Err(JoseError::malformed("the protected header has a `nonce`"));
        }
        if header.jwk || header.crit {
            return Err(JoseError::malformed("the protected header has a `jwk` or `crit`"));
        }
        let algorithm = match &*header.alg {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            other => {
                return Err(JoseError::malformed(format!(
                    "the algorithm {other:?} is not one with a MAC; use HS256, HS384 or HS512"
                )));
            }
        };
        let required = |member: &str, value: Option<String>| {
            value.ok_or_else(|| {
                JoseError::malformed(format!("the protected header has no `{member}`"))
            })
        };
        Ok(Self {
            kid: required("kid", header.kid)?,
            url: required("url", header.url)?,
            algorithm,
            signing_input,
            mac: signature,
            payload,
        })
    }

    /// Whether the MAC was made with `mac_key`.
    pub(in crate::ca) fn is_by(&self, mac_key: &[u8]) -> bool {
        let key = hmac::Key::new(self.algorithm, mac_key);
        hmac::verify(&key, &self.signing_input, &self.mac).is_ok()
    }

    /// The account key that is bound.
    pub(in crate::ca) fn account_key(&self) -> Result<PublicKey, JoseError> {
        PublicKey::from_json(&self.payload)
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

    use super::*;

    fn jws(header: &str, mac: &str) -> Result<Binding, JoseError> {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header);
        let text = format!(r#"{{"protected":"{protected}","payload":"","signature":"{mac}"}}"#);
        Binding::parse(text.as_bytes())
    }

    #[test]
    fn knows_the_macs_of_three_algorithms() {
        for (alg, algorithm) in [
            ("HS256", hmac::HMAC_SHA256),
            ("HS384", hmac::HMAC_SHA384),
            ("HS512", hmac::HMAC_SHA512),
        ] {
            let header = format!(r#"{{"alg":"{alg}","kid":"k","url":"u"}}"#);
            let signed = BASE64_URL_SAFE_NO_PAD.encode(&header) + ".";
            let mac = hmac::sign(&hmac::Key::new(algorithm, b"secret"), signed.as_bytes());
            let binding = jws(&header, &BASE64_URL_SAFE_NO_PAD.encode(mac)).expect("well-formed");
            assert_eq!((&*binding.kid, &*binding.url), ("k", "u"));
            assert!(binding.is_by(b"secret") && !binding.is_by(b"other"), "{alg}");
        }
    }

    #[test]
    fn refuses_headers_of_another_form() {
        for header in [
            r#"{"alg":"ES256","kid":"k","url":"u"}"#,
            r#"{"alg":"none","kid":"k","url":"u"}"#,
            r#"{"alg":"HS256","kid":"k"}"#,
            r#"{"alg":"HS256","url":"u"}"#,
            r#"{"alg":"HS256","kid":"k","url":"u","nonce":"n"}"#,
            r#"{"alg":"HS256","kid":"k","url":"u","jwk":{}}"#,
            r#"{"kid":"k","url":"u"}"#,
            "[]",
        ] {
            assert!(matches!(jws(header, "AA"), Err(JoseError::Malformed(_))), "{header}");
        }
    }
}
