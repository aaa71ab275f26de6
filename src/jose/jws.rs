//! Flattened JSON and compact JWS (RFC 7515 sections 3 and 7), taken apart so that every part can be
//! replaced by a wrong one.

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::alg::Alg;
use super::json_object::JsonObject;
use crate::pki::key::{KeyError, PrivateKey};

/// Signs `payload` under the protected header `protected`, both as they are, as flattened JSON.
///
/// # Errors
/// As [`PrivateKey::sign`].
pub fn sign(
    key: &PrivateKey,
    alg: Alg,
    protected: &[u8],
    payload: &[u8],
) -> Result<String, KeyError> {
    let input = signing_input(protected, payload);
    let signature = key.sign(alg, input.as_bytes())?;
    Ok(flatten(&input, &signature, None))
}

/// The HMAC-SHA256 of `message`: the signature of `HS256` (RFC 7518 section 3.2).
pub fn hs256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// What is signed: `BASE64URL(protected).BASE64URL(payload)` (RFC 7515 section 5.1).
pub fn signing_input(protected: &[u8], payload: &[u8]) -> String {
    let mut input = String::with_capacity((protected.len() + payload.len()) * 4 / 3 + 5);
    BASE64_URL_SAFE_NO_PAD.encode_string(protected, &mut input);
    input.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(payload, &mut input);
    input
}

/// The flattened JSON of a [`signing_input`] and its signature, with `unprotected`, a JSON text, as
/// its unprotected header (RFC 7515 section 7.2.2).
pub fn flatten(input: &str, signature: &[u8], unprotected: Option<&str>) -> String {
    let (protected, payload) = input.split_once('.').unwrap_or((input, ""));
    let header_bytes = unprotected.map_or(0, str::len);
    let mut json = String::with_capacity(input.len() + signature.len() * 4 / 3 + header_bytes + 64);
    // All of these are base64url text, which needs no escaping.
    json.push_str(r#"{"protected":""#);
    json.push_str(protected);
    json.push_str(r#"","payload":""#);
    json.push_str(payload);
    json.push_str(r#"","signature":""#);
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut json);
    json.push('"');
    if let Some(header) = unprotected {
        json.push_str(r#","header":"#);
        json.push_str(header);
    }
    json.push('}');
    json
}

/// The protected header that ACME wants (RFC 8555 section 6.2); members that are `None` are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Header<'a> {
    /// The name of the algorithm.
    pub alg: &'a str,
    /// The anti-replay nonce.
    pub nonce: Option<&'a str>,
    /// The URL that the request goes to.
    pub url: Option<&'a str>,
    /// The account's URL.
    pub kid: Option<&'a str>,
    /// The public key, as JSON.
    pub jwk: Option<&'a str>,
}

impl Header<'_> {
    /// Starts a JSON object with these members, except those that `skip` names.
    pub fn write(&self, skip: impl Fn(&str) -> bool) -> JsonObject {
        let parts = [self.nonce, self.url, self.kid, self.jwk];
        let bytes: usize = parts.iter().flatten().map(|part| part.len() + 12).sum();
        let mut object = JsonObject::with_capacity(bytes + 24);
        let texts =
            [("alg", Some(self.alg)), ("nonce", self.nonce), ("url", self.url), ("kid", self.kid)];
        for (name, text) in texts {
            if let Some(text) = text.filter(|_| !skip(name)) {
                object.text(name, text);
            }
        }
        if let Some(jwk) = self.jwk.filter(|_| !skip("jwk")) {
            object.raw("jwk", jwk.as_bytes());
        }
        object
    }

    /// The header as JSON text.
    pub fn to_json(&self) -> Vec<u8> {
        self.write(|_| false).finish()
    }
}

/// A JWS taken apart; its signature is not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The protected header's JSON text.
    pub protected: Vec<u8>,
    /// The payload.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The unprotected header's JSON text.
    pub unprotected: Option<String>,
}

/// Why a text is not a JWS.
#[derive(Debug, thiserror::Error)]
pub enum JwsError {
    /// It is not JSON with the members of a flattened JWS.
    #[error("not a flattened JWS: {0}")]
    Json(#[from] serde_json::Error),
    /// A compact JWS has three parts.
    #[error("not a compact JWS: want 3 parts joined by `.`, got {0}")]
    Parts(usize),
    /// A part is not base64url.
    #[error("`{part}` of the JWS is not base64url: {source}")]
    Base64 {
        /// Which part.
        part: &'static str,
        /// Why not.
        source: base64::DecodeError,
    },
}

#[derive(Deserialize)]
struct Flattened<'a> {
    #[serde(default)]
    protected: String,
    payload: String,
    signature: String,
    #[serde(borrow)]
    header: Option<&'a RawValue>,
}

/// Takes a flattened JSON or a compact JWS apart.
///
/// # Errors
/// [`JwsError`] says which part is wrong.
pub fn decode(text: &str) -> Result<Decoded, JwsError> {
    if text.trim_start().starts_with('{') {
        let jws: Flattened<'_> = serde_json::from_str(text)?;
        let unprotected = jws.header.map(|header| header.get().to_owned());
        return decode_parts(&jws.protected, &jws.payload, &jws.signature, unprotected);
    }
    let parts: Vec<_> = text.split('.').collect();
    match parts[..] {
        [protected, payload, signature] => decode_parts(protected, payload, signature, None),
        _ => Err(JwsError::Parts(parts.len())),
    }
}

fn decode_parts(
    protected: &str,
    payload: &str,
    signature: &str,
    unprotected: Option<String>,
) -> Result<Decoded, JwsError> {
    let decode = |part, text| {
        BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|source| JwsError::Base64 { part, source })
    };
    Ok(Decoded {
        protected: decode("protected", protected)?,
        payload: decode("payload", payload)?,
        signature: decode("signature", signature)?,
        unprotected,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::jose::jwk::Jwk;
    use crate::jose::vectors;

    fn key(jwk: &str) -> PrivateKey {
        Jwk::parse(jwk).and_then(|jwk| jwk.to_private_key()).expect("is a key")
    }

    #[test]
    fn rfc_7515_a2_rs256() {
        let protected = br#"{"alg":"RS256"}"#;
        let payload = vectors::PAYLOAD.as_bytes();
        let jws = sign(&key(vectors::RSA_JWK), Alg::Rs256, protected, payload).expect("signs");
        let want = format!(
            r#"{{"protected":"eyJhbGciOiJSUzI1NiJ9","payload":"{}","signature":"{}"}}"#,
            vectors::PAYLOAD_BASE64URL,
            vectors::RS256_SIGNATURE
        );
        assert_eq!(jws, want);
    }

    #[test]
    fn rfc_7515_a3_es256() {
        let input = signing_input(br#"{"alg":"ES256"}"#, vectors::PAYLOAD.as_bytes());
        assert_eq!(input, format!("eyJhbGciOiJFUzI1NiJ9.{}", vectors::PAYLOAD_BASE64URL));
        let jws = decode(&format!("{input}.{}", vectors::ES256_SIGNATURE)).expect("decodes");
        let key = key(vectors::EC_JWK);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_bytes());
        assert!(public.verify(input.as_bytes(), &jws.signature).is_ok());
    }

    #[test]
    fn rfc_8037_a4_eddsa() {
        let key = key(vectors::ED25519_JWK);
        let input = signing_input(br#"{"alg":"EdDSA"}"#, b"Example of Ed25519 signing");
        assert_eq!(input, vectors::ED25519_SIGNING_INPUT);
        let signature = key.sign(Alg::EdDsa, input.as_bytes()).expect("signs");
        assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(signature), vectors::ED25519_SIGNATURE);
    }

    #[test]
    fn rfc_7515_a1_hs256() {
        let secret = BASE64_URL_SAFE_NO_PAD.decode(vectors::HS256_SECRET).expect("base64url");
        let header = b"{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
        let input = signing_input(header, vectors::PAYLOAD.as_bytes());
        let signature = BASE64_URL_SAFE_NO_PAD.encode(hs256(&secret, input.as_bytes()));
        assert_eq!(signature, vectors::HS256_SIGNATURE);
    }

    #[test]
    fn header_has_what_is_given() {
        let header = Header {
            alg: "ES256",
            nonce: Some("n\""),
            url: Some("https://ca/x"),
            ..Header::default()
        };
        assert_eq!(header.to_json(), br#"{"alg":"ES256","nonce":"n\"","url":"https://ca/x"}"#);
        let header = Header { kid: Some("k"), jwk: Some("{}"), ..header };
        let text = header.write(|name| name == "nonce" || name == "url").finish();
        assert_eq!(text, br#"{"alg":"ES256","kid":"k","jwk":{}}"#);
    }

    #[test]
    fn decoding_undoes_flattening() {
        let jws = flatten(&signing_input(b"{}", b""), b"sig", Some(r#"{"kid":"x"}"#));
        let decoded = decode(&jws).expect("decodes");
        assert_eq!(decoded.protected, b"{}");
        assert_eq!(decoded.payload, b"");
        assert_eq!(decoded.signature, b"sig");
        assert_eq!(decoded.unprotected.as_deref(), Some(r#"{"kid":"x"}"#));
    }

    #[test]
    fn broken_texts_are_explained() {
        let message = |text| decode(text).expect_err("refused").to_string();
        assert!(message("{}").starts_with("not a flattened JWS: missing field"));
        assert!(message("a.b").ends_with("got 2"));
        assert!(message("e30.a=.e30").starts_with("`payload` of the JWS is not base64url: "));
    }
}
