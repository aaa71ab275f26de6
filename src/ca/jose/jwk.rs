//! Account keys: from JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2) to a parsed key and its thumbprint
//! (RFC 7638).

use std::borrow::Cow;

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    rsa::PublicKeyComponents,
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm},
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;

use super::{
    Algorithm, JoseError,
    algorithm::{CURVES, EDWARDS},
};
use crate::ca::json::{self, present};

/// RSA keys outside this range are refused: weaker ones break, larger ones only burn CPU.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// SHA-256 over a key's canonical JWK (RFC 7638): how accounts are found by key.
pub(in crate::ca) type Thumbprint = [u8; 32];

/// A JWK as it arrives. Unknown members are ignored (RFC 7517 §4).
#[derive(Deserialize)]
pub(super) struct Jwk<'a> {
    #[serde(borrow)]
    kty: Cow<'a, str>,
    #[serde(borrow)]
    alg: Option<Cow<'a, str>>,
    #[serde(borrow)]
    crv: Option<Cow<'a, str>>,
    #[serde(borrow)]
    x: Option<Cow<'a, str>>,
    #[serde(borrow)]
    y: Option<Cow<'a, str>>,
    #[serde(borrow)]
    n: Option<Cow<'a, str>>,
    #[serde(borrow)]
    e: Option<Cow<'a, str>>,
    /// The private part of every kind of key pair, which nobody should send.
    #[serde(default, deserialize_with = "present")]
    d: bool,
}

/// A public key, parsed once and kept with its account.
#[derive(Debug)]
pub(in crate::ca) struct PublicKey {
    algorithm: Algorithm,
    parsed: ParsedPublicKey,
    /// Its JWK in canonical form (RFC 7638), which says all there is to say of it.
    jwk: Box<str>,
    thumbprint: Thumbprint,
}

impl PublicKey {
    /// Reads a JWK that stands alone.
    pub(in crate::ca) fn from_json(text: &[u8]) -> Result<Self, JoseError> {
        let jwk: Jwk<'_> = json::object(text)
            .map_err(|error| JoseError::malformed(format!("the JWK cannot be read: {error}")))?;
        Self::from_jwk(&jwk)
    }

    pub(super) fn from_jwk(jwk: &Jwk<'_>) -> Result<Self, JoseError> {
        if jwk.d {
            return Err(JoseError::malformed("the JWK carries a private key (member `d`)"));
        }
        let key = match &*jwk.kty {
            "EC" => Self::from_ec(jwk),
            "RSA" => Self::from_rsa(jwk),
            "OKP" => Self::from_okp(jwk),
            other => Err(JoseError::BadPublicKey(format!(
                "keys of type {other:?} are not supported; use EC, RSA or OKP"
            ))),
        }?;
        match &jwk.alg {
            Some(alg) if alg != key.algorithm.name() => Err(JoseError::malformed(format!(
                "the JWK's `alg` is {alg:?}, but its key is one for {}",
                key.algorithm.name()
            ))),
            _ => Ok(key),
        }
    }

    fn from_ec(jwk: &Jwk<'_>) -> Result<Self, JoseError> {
        let crv = required("crv", jwk.crv.as_ref())?;
        let curve = CURVES.iter().find(|curve| curve.name == crv).ok_or_else(|| {
            JoseError::BadPublicKey(format!("the curve {crv:?} is not supported; use P-256, P-384"))
        })?;
        let (x, y) = (required("x", jwk.x.as_ref())?, required("y", jwk.y.as_ref())?);
        let mut point = vec![4]; // uncompressed (SEC 1 §2.3.3)
        for (member, text) in [("x", x), ("y", y)] {
            let coordinate = decode(member, text)?;
            if coordinate.len() != curve.coordinate_bytes {
                return Err(JoseError::malformed(format!(
                    "the JWK's `{member}` has {} bytes, {} needs {}",
                    coordinate.len(),
                    curve.name,
                    curve.coordinate_bytes
                )));
            }
            point.extend_from_slice(&coordinate);
        }
        let canonical = format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Self::from_bytes(curve.algorithm, curve.verification, &point, &canonical)
    }

    fn from_okp(jwk: &Jwk<'_>) -> Result<Self, JoseError> {
        let crv = required("crv", jwk.crv.as_ref())?;
        if crv != "Ed25519" {
            return Err(JoseError::BadPublicKey(format!(
                "the curve {crv:?} is not supported for OKP keys; use Ed25519"
            )));
        }
        let x = required("x", jwk.x.as_ref())?;
        let canonical = format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#);
        Self::from_bytes(Algorithm::EdDsa, EDWARDS, &decode("x", x)?, &canonical)
    }

    fn from_bytes(
        algorithm: Algorithm,
        verification: &'static dyn VerificationAlgorithm,
        bytes: &[u8],
        canonical: &str,
    ) -> Result<Self, JoseError> {
        let parsed = ParsedPublicKey::new(verification, bytes)
            .map_err(|_| JoseError::malformed("the JWK is not a point of its curve"))?;
        Ok(Self { algorithm, parsed, jwk: canonical.into(), thumbprint: thumbprint(canonical) })
    }

    fn from_rsa(jwk: &Jwk<'_>) -> Result<Self, JoseError> {
        let (n_text, e_text) = (required("n", jwk.n.as_ref())?, required("e", jwk.e.as_ref())?);
        let (n, e) = (decode("n", n_text)?, decode("e", e_text)?);
        for (member, value) in [("n", &n), ("e", &e)] {
            // RFC 7518 §2: Base64urlUInt has no leading zero bytes. With them, one key would have
            // many thumbprints.
            if value.first().is_none_or(|first| *first == 0) {
                return Err(JoseError::malformed(format!(
                    "the JWK's `{member}` is empty or starts with a zero byte"
                )));
            }
        }
        check_rsa_strength(&n, &e)?;
        let parsed = PublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| JoseError::malformed("the JWK is not an RSA key"))?;
        let canonical = format!(r#"{{"e":"{e_text}","kty":"RSA","n":"{n_text}"}}"#);
        let (thumbprint, jwk) = (thumbprint(&canonical), canonical.into());
        Ok(Self { algorithm: Algorithm::Rs256, parsed, jwk, thumbprint })
    }

    /// Whether `signature` over `message` is this key's, made with `algorithm`.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), JoseError> {
        if algorithm != self.algorithm {
            return Err(JoseError::malformed(format!(
                "`alg` is {}, but the key is one for {}",
                algorithm.name(),
                self.algorithm.name()
            )));
        }
        self.parsed
            .verify_sig(message, signature)
            .map_err(|_| JoseError::malformed("the signature does not verify"))
    }

    pub(in crate::ca) fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Its JWK, which [`Self::from_json`] reads.
    pub(in crate::ca) fn to_json(&self) -> &str {
        &self.jwk
    }

    /// The key as `SubjectPublicKeyInfo` in DER, to compare it with a CSR's.
    pub(in crate::ca) fn to_spki_der(&self) -> Option<Vec<u8>> {
        self.parsed.as_der().ok().map(|der| der.as_ref().to_vec())
    }
}

fn check_rsa_strength(n: &[u8], e: &[u8]) -> Result<(), JoseError> {
    let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
    let too_weak = |why: String| Err(JoseError::BadPublicKey(why));
    if !RSA_BITS.contains(&bits) {
        return too_weak(format!(
            "the RSA key has {bits} bits; it needs {} to {}",
            RSA_BITS.start(),
            RSA_BITS.end()
        ));
    }
    if n.last().is_none_or(|last| last % 2 == 0) {
        return too_weak("the RSA modulus is even".to_owned());
    }
    let exponent = e.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    // 2^16+1 is the least that the CA/Browser Forum's baseline (§6.1.6) advises; four bytes are the
    // most that libraries take.
    if e.len() > 4 || exponent < 65_537 || exponent % 2 == 0 {
        return too_weak("the RSA exponent is not an odd number of 65537 or more".to_owned());
    }
    Ok(())
}

fn required<'a>(member: &str, value: Option<&'a Cow<'_, str>>) -> Result<&'a str, JoseError> {
    value
        .map(AsRef::as_ref)
        .ok_or_else(|| JoseError::malformed(format!("the JWK has no `{member}`")))
}

fn decode(member: &str, text: &str) -> Result<Vec<u8>, JoseError> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        JoseError::malformed(format!("the JWK's `{member}` is not unpadded base64url: {error}"))
    })
}

/// RFC 7638 §3 hashes the decoded members in canonical form. Their text serves as it came, because
/// strict base64url has one spelling for each value.
fn thumbprint(canonical: &str) -> Thumbprint {
    let mut thumbprint = [0; 32];
    thumbprint.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
    thumbprint
}

/// An Ed25519 key with the coordinate `x`, for other files' tests.
#[cfg(test)]
pub(in crate::ca) fn test_key(x: &str) -> PublicKey {
    let text = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let jwk = crate::ca::json::object(text.as_bytes()).expect("a JWK");
    PublicKey::from_jwk(&jwk).expect("a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example key of RFC 7638 §3.1.
    const RSA_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    fn key(text: &str) -> Result<PublicKey, JoseError> {
        PublicKey::from_jwk(&json::object::<Jwk<'_>>(text.as_bytes()).expect("a JWK"))
    }

    fn rsa(n: &str, e: &str) -> Result<PublicKey, JoseError> {
        key(&format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}","alg":"RS256"}}"#))
    }

    #[test]
    fn thumbprint_is_that_of_rfc_7638() {
        let thumbprint = *rsa(RSA_N, "AQAB").expect("the key of the RFC").thumbprint();
        assert_eq!(
            BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn verifies_the_eddsa_example_of_rfc_8037() {
        let key = key(
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        )
        .expect("the key of appendix A.2");
        let signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = BASE64_URL_SAFE_NO_PAD
            .decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
            .expect("base64url");
        assert_eq!(key.verify(Algorithm::EdDsa, signed, &signature), Ok(()));
        assert!(key.verify(Algorithm::EdDsa, b"other", &signature).is_err());
        assert!(key.verify(Algorithm::Es256, signed, &signature).is_err());
    }

    #[test]
    fn refuses_weak_keys_as_bad_public_key() {
        let short = &RSA_N[..340]; // 2040 bits
        for (n, e) in [(short, "AQAB"), (RSA_N, "Aw"), (RSA_N, "AQAA")] {
            assert!(matches!(rsa(n, e), Err(JoseError::BadPublicKey(_))), "{e}");
        }
        for kind in [r#"{"kty":"oct","k":"AA"}"#, r#"{"kty":"EC","crv":"P-521","x":"","y":""}"#] {
            assert!(matches!(key(kind), Err(JoseError::BadPublicKey(_))), "{kind}");
        }
    }

    #[test]
    fn refuses_nonsense_as_malformed() {
        let zeros = "A".repeat(43);
        for text in [
            r#"{"kty":"EC","crv":"P-256","x":"AA"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.to_owned(),
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{zeros}","y":"{zeros}"}}"#),
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{zeros}=","y":"{zeros}"}}"#),
            format!(r#"{{"kty":"RSA","n":"{RSA_N}","e":"AAEAAQ"}}"#),
            format!(r#"{{"kty":"RSA","n":"{RSA_N}","e":"AQAB","alg":"ES256"}}"#),
            format!(r#"{{"kty":"RSA","n":"{RSA_N}","e":"AQAB","d":"AQ"}}"#),
        ] {
            assert!(matches!(key(&text), Err(JoseError::Malformed(_))), "{text}");
        }
    }
}
