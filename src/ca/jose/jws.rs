//! JWS signed with account keys, as RFC 8555 §6.2 allows them.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Algorithm, JoseError, PublicKey, flattened::Flattened, jwk::Jwk};
use crate::ca::json::{self, Object, present};

/// A JWS that was taken apart but not yet verified.
#[derive(Debug)]
pub(in crate::ca) struct Jws {
    /// `nonce` of the protected header.
    pub(in crate::ca) nonce: Option<String>,
    /// `url` of the protected header.
    pub(in crate::ca) url: Option<String>,
    algorithm: Algorithm,
    key: KeyReference,
    signing_input: Vec<u8>,
    signature: Vec<u8>,
    payload: Vec<u8>,
}

/// How a JWS names the key it was signed with.
#[derive(Debug)]
pub(in crate::ca) enum KeyReference {
    Jwk(PublicKey),
    Kid(String),
}

#[derive(Deserialize)]
struct ProtectedHeader<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    jwk: Option<Object<Jwk<'a>>>,
    kid: Option<String>,
    nonce: Option<String>,
    url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    /// RFC 7797 §6 has it protected by `crit`; RFC 8555 §6.1 rules the unencoded payload out.
    b64: Option<bool>,
}

impl Jws {
    /// Takes apart the flattened JWS in `body` and checks everything but the signature.
    pub(in crate::ca) fn parse(body: &[u8]) -> Result<Self, JoseError> {
        let Flattened { header, payload, signature, signing_input } = Flattened::read(body)?;
        let (algorithm, key, nonce, url) = read_header(&header)?;
        // Only now: that of algorithm `none` is empty (RFC 7518 §3.6), and the algorithm is what is wrong.
        if signature.is_empty() {
            return Err(JoseError::malformed("the JWS's `signature` is empty"));
        }
        Ok(Self { nonce, url, algorithm, key, signing_input, signature, payload })
    }

    pub(in crate::ca) fn key(&self) -> &KeyReference {
        &self.key
    }

    /// Whether the signature is that of `key`.
    pub(in crate::ca) fn verify(&self, key: &PublicKey) -> Result<(), JoseError> {
        key.verify(self.algorithm, &self.signing_input, &self.signature)
    }

    /// The key reference and the payload, for after the verification.
    pub(in crate::ca) fn into_parts(self) -> (KeyReference, Vec<u8>) {
        (self.key, self.payload)
    }
}

type Header = (Algorithm, KeyReference, Option<String>, Option<String>);

fn read_header(text: &[u8]) -> Result<Header, JoseError> {
    let header: ProtectedHeader<'_> = json::object(text).map_err(|error| {
        JoseError::malformed(format!("the protected header cannot be read: {error}"))
    })?;
    if header.crit || header.b64 == Some(false) {
        return Err(JoseError::malformed(
            "the protected header has `crit` or an unencoded payload; no extension is known here",
        ));
    }
    let algorithm = Algorithm::from_name(&header.alg).ok_or_else(|| {
        JoseError::UnsupportedAlgorithm(format!("the algorithm {:?} is not supported", header.alg))
    })?;
    let key = match (header.jwk, header.kid) {
        (Some(Object(jwk)), None) => KeyReference::Jwk(PublicKey::from_jwk(&jwk)?),
        (None, Some(kid)) => KeyReference::Kid(kid),
        (Some(_), Some(_)) => {
            return Err(JoseError::malformed("the protected header has both `jwk` and `kid`"));
        }
        (None, None) => {
            return Err(JoseError::malformed("the protected header has neither `jwk` nor `kid`"));
        }
    };
    Ok((algorithm, key, header.nonce, header.url))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

    use super::*;

    fn jws(header: &str, rest: &str) -> Result<Jws, JoseError> {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header);
        Jws::parse(format!(r#"{{"protected":"{protected}",{rest}}}"#).as_bytes())
    }

    const REST: &str = r#""payload":"","signature":"AA""#;

    #[test]
    fn takes_a_jws_apart() {
        let jws = jws(r#"{"alg":"ES256","kid":"k","nonce":"n","url":"u"}"#, REST).expect("valid");
        assert!(matches!(jws.key(), KeyReference::Kid(kid) if kid == "k"));
        assert_eq!((jws.nonce.as_deref(), jws.url.as_deref()), (Some("n"), Some("u")));
        assert!(jws.into_parts().1.is_empty());
    }

    #[test]
    fn refuses_what_rfc_8555_rules_out() {
        let good = r#"{"alg":"ES256","kid":"k"}"#;
        for rest in [
            r#""payload":"""#,
            r#""signature":"AA""#,
            r#""payload":"","signature":"""#,
            r#""payload":"","signature":"AA==""#,
            r#""payload":"e30=","signature":"AA""#,
            r#""payload":"","signature":"AA","header":{}"#,
            r#""payload":"","signature":"AA","signatures":[]"#,
            r#""payload":"","payload":"","signature":"AA""#,
        ] {
            assert!(matches!(jws(good, rest), Err(JoseError::Malformed(_))), "{rest}");
        }
        for header in [
            r#"{"kid":"k"}"#,
            r#"{"alg":"ES256"}"#,
            r#"{"alg":"ES256","kid":"k","kid":"k"}"#,
            r#"{"alg":"ES256","kid":"k","crit":["x"]}"#,
            r#"{"alg":"ES256","kid":"k","b64":false}"#,
            r#"{"alg":"ES256","kid":"k","nonce":1}"#,
            r#"{"alg":"ES256","jwk":["EC"]}"#,
            r#"["ES256"]"#,
            "",
        ] {
            assert!(matches!(jws(header, REST), Err(JoseError::Malformed(_))), "{header}");
        }
    }

    #[test]
    fn names_an_unsupported_algorithm_as_such() {
        for alg in ["none", "HS256", "PS256"] {
            let header = format!(r#"{{"alg":"{alg}","kid":"k"}}"#);
            assert!(matches!(jws(&header, REST), Err(JoseError::UnsupportedAlgorithm(_))));
        }
    }
}
