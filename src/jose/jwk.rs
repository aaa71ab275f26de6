//! JSON Web Keys (RFC 7517, 7518 section 6, 8037 section 2) and their thumbprints (RFC 7638).

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use rsa::pkcs1::{RsaPrivateKey as Pkcs1PrivateKey, RsaPublicKey as Pkcs1PublicKey};
use rsa::pkcs8::PrivateKeyInfo;
use rsa::{BigUint, RsaPrivateKey};
use serde::{Deserialize, Serialize};

use crate::pki::key::{KeyError, KeyKind, PrivateKey};

/// A JWK, public or private. Members are base64url text as they stand in the JSON; ones that are
/// not listed here (`kid`, `use`) are ignored when reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dq: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qi: Option<String>,
}

/// The thumbprint of a public JWK that is already in canonical form.
pub fn thumbprint(canonical_json: &str) -> String {
    encode(digest(&SHA256, canonical_json.as_bytes()).as_ref())
}

impl Jwk {
    /// Reads JSON text.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when it is not a JSON object with the member `kty`.
    pub fn parse(json: &str) -> Result<Self, KeyError> {
        serde_json::from_str(json).map_err(|error| KeyError::Parse(format!("JWK: {error}")))
    }

    /// The public half of `key`.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when the library's public key cannot be read.
    pub fn public_of(key: &PrivateKey) -> Result<Self, KeyError> {
        let public = key.public_bytes();
        Ok(match key.kind() {
            kind @ (KeyKind::P256 | KeyKind::P384) => {
                // An uncompressed point: 4, then x and y of the same length (SEC1 2.3.3).
                let (x, y) = public[1..].split_at((public.len() - 1) / 2);
                let crv = Some(kind.to_string());
                Self {
                    kty: "EC".into(),
                    crv,
                    x: Some(encode(x)),
                    y: Some(encode(y)),
                    ..Self::default()
                }
            }
            kind @ KeyKind::Ed25519 => {
                let crv = Some(kind.to_string());
                Self { kty: "OKP".into(), crv, x: Some(encode(public)), ..Self::default() }
            }
            KeyKind::Rsa(_) => {
                let rsa = Pkcs1PublicKey::try_from(public).map_err(KeyError::parse)?;
                let n = Some(encode(rsa.modulus.as_bytes()));
                let e = Some(encode(rsa.public_exponent.as_bytes()));
                Self { kty: "RSA".into(), n, e, ..Self::default() }
            }
        })
    }

    /// `key` with its secret.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when the library's key cannot be read.
    pub fn private_of(key: &PrivateKey) -> Result<Self, KeyError> {
        let public = Self::public_of(key)?;
        if let Some(secret) = key.secret_bytes() {
            return Ok(Self { d: Some(encode(&secret)), ..public });
        }
        let der = key.pkcs8_der()?;
        let info = PrivateKeyInfo::try_from(der.as_slice()).map_err(KeyError::parse)?;
        let rsa = Pkcs1PrivateKey::try_from(info.private_key).map_err(KeyError::parse)?;
        Ok(Self {
            d: Some(encode(rsa.private_exponent.as_bytes())),
            p: Some(encode(rsa.prime1.as_bytes())),
            q: Some(encode(rsa.prime2.as_bytes())),
            dp: Some(encode(rsa.exponent1.as_bytes())),
            dq: Some(encode(rsa.exponent2.as_bytes())),
            qi: Some(encode(rsa.coefficient.as_bytes())),
            ..public
        })
    }

    /// The members that RFC 7638 section 3.2 hashes, sorted, without white space.
    ///
    /// # Errors
    /// [`KeyError::Parse`] for an unknown `kty` or a missing member.
    pub fn canonical_json(&self) -> Result<String, KeyError> {
        let mut members = BTreeMap::from([("kty", self.kty.as_str())]);
        match self.kty.as_str() {
            "EC" => members.extend([
                ("crv", required("crv", self.crv.as_deref())?),
                ("x", required("x", self.x.as_deref())?),
                ("y", required("y", self.y.as_deref())?),
            ]),
            "OKP" => members.extend([
                ("crv", required("crv", self.crv.as_deref())?),
                ("x", required("x", self.x.as_deref())?),
            ]),
            "RSA" => members.extend([
                ("e", required("e", self.e.as_deref())?),
                ("n", required("n", self.n.as_deref())?),
            ]),
            kty => return Err(KeyError::Parse(format!("JWK: unsupported kty `{kty}`"))),
        }
        Ok(json(&members))
    }

    /// All members that are present, as JSON.
    pub fn to_json(&self) -> String {
        json(self)
    }

    /// The private key that this JWK describes.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when a member is missing, is not base64url or the key is inconsistent.
    pub fn to_private_key(&self) -> Result<PrivateKey, KeyError> {
        let d = decode("d", self.d.as_deref())?;
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some(curve @ ("P-256" | "P-384"))) => {
                let x = decode("x", self.x.as_deref())?;
                let y = decode("y", self.y.as_deref())?;
                let point = [&[4], x.as_slice(), &y].concat();
                PrivateKey::from_ec_parts(curve.parse()?, &d, &point)
            }
            ("OKP", Some("Ed25519")) => {
                PrivateKey::from_ed25519_parts(&d, &decode("x", self.x.as_deref())?)
            }
            ("RSA", _) => self.to_rsa_key(&d),
            (kty, crv) => {
                let crv = crv.unwrap_or("none");
                Err(KeyError::Parse(format!("JWK: unsupported kty `{kty}` with crv `{crv}`")))
            }
        }
    }

    /// `p` and `q` may be missing (RFC 7518 section 6.3.2): they follow from `d`.
    fn to_rsa_key(&self, d: &[u8]) -> Result<PrivateKey, KeyError> {
        let integer = |name, text: &Option<String>| {
            decode(name, text.as_deref()).map(|bytes| BigUint::from_bytes_be(&bytes))
        };
        let primes = match (&self.p, &self.q) {
            (None, None) => Vec::new(),
            (p, q) => vec![integer("p", p)?, integer("q", q)?],
        };
        let (n, e) = (integer("n", &self.n)?, integer("e", &self.e)?);
        let key = RsaPrivateKey::from_components(n, e, BigUint::from_bytes_be(d), primes)
            .map_err(KeyError::parse)?;
        PrivateKey::from_rsa_key(&key)
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("maps and structs of strings always serialize")
}

fn required<'a>(name: &str, text: Option<&'a str>) -> Result<&'a str, KeyError> {
    text.ok_or_else(|| KeyError::Parse(format!("JWK: member `{name}` is missing")))
}

fn decode(name: &str, text: Option<&str>) -> Result<Vec<u8>, KeyError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(required(name, text)?)
        .map_err(|error| KeyError::Parse(format!("JWK: member `{name}`: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::vectors;

    #[test]
    fn thumbprints_of_the_rfcs() {
        let print =
            |json| Jwk::parse(json).and_then(|jwk| jwk.canonical_json()).map(|j| thumbprint(&j));
        assert_eq!(print(vectors::THUMBPRINT_JWK), Ok(vectors::THUMBPRINT.to_owned()));
        assert_eq!(print(vectors::ED25519_JWK), Ok(vectors::ED25519_THUMBPRINT.to_owned()));
    }

    #[test]
    fn private_keys_of_the_rfcs_round_trip() {
        for json in [vectors::RSA_JWK, vectors::EC_JWK, vectors::ED25519_JWK] {
            let jwk = Jwk::parse(json).expect("parses");
            let key = jwk.to_private_key().expect("is a key");
            assert_eq!(Jwk::private_of(&key), Ok(jwk.clone()));
            assert_eq!(key.jwk_json(), Ok(jwk.canonical_json().expect("complete").as_str()));
        }
    }

    #[test]
    fn generated_keys_round_trip() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519, KeyKind::Rsa(1024)] {
            let key = PrivateKey::generate(kind).expect("generates");
            let json = Jwk::private_of(&key).expect("has a secret").to_json();
            let again = Jwk::parse(&json).and_then(|jwk| jwk.to_private_key()).expect("reads");
            assert_eq!(again.kind(), kind);
            assert_eq!(again.thumbprint(), key.thumbprint());
        }
    }

    #[test]
    fn rsa_primes_may_be_missing() {
        let full = Jwk::parse(vectors::RSA_JWK).expect("parses");
        let key = Jwk { p: None, q: None, ..full.clone() }.to_private_key().expect("is a key");
        assert_eq!(key.kind(), KeyKind::Rsa(2048));
    }

    #[test]
    fn incomplete_keys_name_the_member() {
        let message = |json| {
            let jwk = Jwk::parse(json).expect("parses");
            jwk.to_private_key().expect_err("refused").to_string()
        };
        assert!(message(vectors::THUMBPRINT_JWK).ends_with("JWK: member `d` is missing"));
        let bad = r#"{"kty":"OKP","crv":"Ed25519","x":"+","d":"AA"}"#;
        assert!(message(bad).contains("JWK: member `x`: Invalid"));
        let other = r#"{"kty":"oct","d":"AA"}"#;
        assert!(message(other).ends_with("unsupported kty `oct` with crv `none`"));
    }
}
