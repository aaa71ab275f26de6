//! Private keys: parsed once, cheap to clone, signing at the speed of aws-lc-rs.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaSignatureEncoding,
};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPublicKey, RsaPublicKey as Pkcs1PublicKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};

pub use super::key_kind::{KeyError, KeyKind};
use super::weak_rsa;
use crate::jose::alg::Alg;
use crate::jose::jwk::Jwk;

/// A private key. Cloning it counts a reference.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

struct Inner {
    kind: KeyKind,
    signer: Signer,
    public_bytes: Vec<u8>,
    jwk_json: OnceLock<String>,
    thumbprint: OnceLock<String>,
    legacy_rsa: OnceLock<RsaPrivateKey>,
}

/// The parsed key, in the library that signs with it.
#[allow(clippy::large_enum_variant)] // It lives behind an `Arc` already.
enum Signer {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    WeakRsa(RsaPrivateKey),
}

impl PrivateKey {
    /// Makes a new key. EC keys take tens of microseconds, RSA keys from 50 ms to seconds.
    ///
    /// # Errors
    /// [`KeyError::Generate`] when the library fails.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let failed = |_| KeyError::Generate(format!("{kind}: internal failure"));
        let rsa = |size| RsaKeyPair::generate(size).map(Signer::Rsa).map_err(failed);
        let signer = match kind {
            KeyKind::P256 | KeyKind::P384 => {
                EcdsaKeyPair::generate(ecdsa_algorithm(kind)).map(Signer::Ecdsa).map_err(failed)
            }
            KeyKind::Ed25519 => Ed25519KeyPair::generate().map(Signer::Ed25519).map_err(failed),
            KeyKind::Rsa(2048) => rsa(KeySize::Rsa2048),
            KeyKind::Rsa(3072) => rsa(KeySize::Rsa3072),
            KeyKind::Rsa(4096) => rsa(KeySize::Rsa4096),
            KeyKind::Rsa(8192) => rsa(KeySize::Rsa8192),
            KeyKind::Rsa(bits) => weak_rsa::generate(bits).map(Signer::WeakRsa),
        };
        Self::new(kind, signer?)
    }

    /// An EC key from its private scalar and uncompressed public point.
    pub(crate) fn from_ec_parts(kind: KeyKind, d: &[u8], point: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(ecdsa_algorithm(kind), d, point);
        Self::new(kind, Signer::Ecdsa(pair.map_err(KeyError::parse)?))
    }

    /// An EC key from DER: PKCS#8 or SEC1.
    pub(super) fn from_ec_der(kind: KeyKind, der: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_der(ecdsa_algorithm(kind), der);
        Self::new(kind, Signer::Ecdsa(pair.map_err(KeyError::parse)?))
    }

    /// An Ed25519 key from its seed and public key.
    pub(crate) fn from_ed25519_parts(seed: &[u8], public: &[u8]) -> Result<Self, KeyError> {
        let pair =
            Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(KeyError::parse)?;
        Self::new(KeyKind::Ed25519, Signer::Ed25519(pair))
    }

    /// An Ed25519 key from PKCS#8.
    pub(super) fn from_ed25519_der(der: &[u8]) -> Result<Self, KeyError> {
        // The unchecked form also reads version 1, without the public key, as OpenSSL writes it.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(KeyError::parse)?;
        Self::new(KeyKind::Ed25519, Signer::Ed25519(pair))
    }

    /// An RSA key from PKCS#8, of whatever size.
    pub(super) fn from_rsa_der(der: &[u8]) -> Result<Self, KeyError> {
        let signer = match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Signer::Rsa(pair),
            Err(_) => {
                RsaPrivateKey::from_pkcs8_der(der).map(Signer::WeakRsa).map_err(KeyError::parse)?
            }
        };
        let public_bytes = signer.public_bytes()?;
        let public = Pkcs1PublicKey::try_from(public_bytes.as_slice()).map_err(KeyError::parse)?;
        Self::new(KeyKind::rsa_of(public.modulus.as_bytes()), signer)
    }

    fn new(kind: KeyKind, signer: Signer) -> Result<Self, KeyError> {
        Ok(Self(Arc::new(Inner {
            kind,
            public_bytes: signer.public_bytes()?,
            signer,
            jwk_json: OnceLock::new(),
            thumbprint: OnceLock::new(),
            legacy_rsa: OnceLock::new(),
        })))
    }

    /// What sort of key this is.
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The content of the `subjectPublicKey` bit string (RFC 5280 section 4.1): the uncompressed EC
    /// point, the Ed25519 key, or a PKCS#1 `RSAPublicKey`.
    pub fn public_bytes(&self) -> &[u8] {
        &self.0.public_bytes
    }

    /// The key as PKCS#8 DER, version 1.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when the library cannot encode it.
    pub fn pkcs8_der(&self) -> Result<Vec<u8>, KeyError> {
        let der = match &self.0.signer {
            Signer::Ecdsa(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Signer::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Signer::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec())
            }
            Signer::WeakRsa(key) => {
                let der = key.to_pkcs8_der().map_err(KeyError::parse)?;
                Ok(der.as_bytes().to_vec())
            }
        };
        der.map_err(|_| KeyError::Parse("it cannot be encoded".to_owned()))
    }

    /// The private scalar of an EC key or the seed of an Ed25519 key; `None` for RSA.
    pub(crate) fn secret_bytes(&self) -> Option<Vec<u8>> {
        match &self.0.signer {
            Signer::Ecdsa(pair) => {
                let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
                Some(scalar.as_ref().to_vec())
            }
            Signer::Ed25519(pair) => {
                let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
                Some(seed.as_ref().to_vec())
            }
            Signer::Rsa(_) | Signer::WeakRsa(_) => None,
        }
    }

    /// Signs `message`, giving the signature as JOSE wants it: `r || s` for EC (RFC 7518
    /// section 3.4).
    ///
    /// # Errors
    /// [`KeyError::Algorithm`] when the kind of key cannot do `alg`, [`KeyError::Sign`] when the
    /// library fails.
    pub fn sign(&self, alg: Alg, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Sign(format!("{} with {alg}", self.kind()));
        match &self.0.signer {
            Signer::Ecdsa(pair) if alg == self.kind().alg() => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Signer::Ed25519(pair) if alg == Alg::EdDsa => {
                Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec())
            }
            Signer::Ecdsa(_) | Signer::Ed25519(_) => {
                Err(KeyError::Algorithm { alg, key: self.kind().to_string() })
            }
            Signer::Rsa(pair) => match rsa_encoding(alg) {
                Some(encoding) => {
                    let mut signature = vec![0; pair.public_modulus_len()];
                    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                        .map_err(failed)?;
                    Ok(signature)
                }
                None => weak_rsa::sign(self.legacy_rsa()?, alg, message),
            },
            Signer::WeakRsa(key) => weak_rsa::sign(key, alg, message),
        }
    }

    /// The same RSA key in the library that still does SHA-1; reading it takes milliseconds.
    fn legacy_rsa(&self) -> Result<&RsaPrivateKey, KeyError> {
        if let Some(key) = self.0.legacy_rsa.get() {
            return Ok(key);
        }
        let key = RsaPrivateKey::from_pkcs8_der(&self.pkcs8_der()?).map_err(KeyError::parse)?;
        Ok(self.0.legacy_rsa.get_or_init(|| key))
    }

    /// The public key as JWK in the canonical form of RFC 7638, written once and kept.
    ///
    /// # Errors
    /// [`KeyError::Parse`] when the library's public key cannot be read.
    pub fn jwk_json(&self) -> Result<&str, KeyError> {
        cached(&self.0.jwk_json, || Jwk::public_of(self)?.canonical_json())
    }

    /// The base64url SHA-256 thumbprint of RFC 7638, computed once and kept.
    ///
    /// # Errors
    /// As [`PrivateKey::jwk_json`].
    pub fn thumbprint(&self) -> Result<&str, KeyError> {
        cached(&self.0.thumbprint, || Ok(crate::jose::jwk::thumbprint(self.jwk_json()?)))
    }

    /// What a challenge is answered with (RFC 8555 section 8.1): `token.thumbprint`.
    ///
    /// # Errors
    /// As [`PrivateKey::jwk_json`].
    pub fn authorization(&self, token: &str) -> Result<String, KeyError> {
        Ok(format!("{token}.{}", self.thumbprint()?))
    }
}

impl Signer {
    fn public_bytes(&self) -> Result<Vec<u8>, KeyError> {
        Ok(match self {
            Self::Ecdsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::WeakRsa(key) => {
                key.to_public_key().to_pkcs1_der().map_err(KeyError::parse)?.as_bytes().to_vec()
            }
        })
    }
}

/// Never shows the secret.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.kind())
    }
}

fn cached(
    cell: &OnceLock<String>,
    make: impl FnOnce() -> Result<String, KeyError>,
) -> Result<&str, KeyError> {
    match cell.get() {
        Some(text) => Ok(text),
        None => make().map(|text| cell.get_or_init(|| text).as_str()),
    }
}

/// P-256 unless the kind says P-384.
fn ecdsa_algorithm(kind: KeyKind) -> &'static EcdsaSigningAlgorithm {
    match kind {
        KeyKind::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
    }
}

/// How aws-lc-rs names an RSA algorithm; `None` when it refuses it.
fn rsa_encoding(alg: Alg) -> Option<&'static RsaSignatureEncoding> {
    match alg {
        Alg::Rs256 => Some(&RSA_PKCS1_SHA256),
        Alg::Rs384 => Some(&RSA_PKCS1_SHA384),
        Alg::Rs512 => Some(&RSA_PKCS1_SHA512),
        Alg::Ps256 => Some(&RSA_PSS_SHA256),
        Alg::Es256 | Alg::Es384 | Alg::EdDsa | Alg::Rs1 => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519,
        RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
        UnparsedPublicKey, VerificationAlgorithm,
    };

    use super::*;

    fn verifies(key: &PrivateKey, alg: Alg, verifier: &'static dyn VerificationAlgorithm) {
        let mut signature = key.sign(alg, b"message").expect("signs");
        let public = UnparsedPublicKey::new(verifier, key.public_bytes());
        assert!(public.verify(b"message", &signature).is_ok(), "{} {alg}", key.kind());
        signature[10] ^= 1;
        assert!(public.verify(b"message", &signature).is_err(), "{} {alg}", key.kind());
    }

    fn generate(name: &str) -> PrivateKey {
        PrivateKey::generate(name.parse().expect("kind")).expect("generates")
    }

    #[test]
    fn signatures_verify() {
        verifies(&generate("P-256"), Alg::Es256, &ECDSA_P256_SHA256_FIXED);
        verifies(&generate("P-384"), Alg::Es384, &ECDSA_P384_SHA384_FIXED);
        verifies(&generate("Ed25519"), Alg::EdDsa, &ED25519);
        let rsa = generate("RSA-2048");
        verifies(&rsa, Alg::Rs256, &RSA_PKCS1_2048_8192_SHA256);
        verifies(&rsa, Alg::Rs384, &RSA_PKCS1_2048_8192_SHA384);
        verifies(&rsa, Alg::Rs512, &RSA_PKCS1_2048_8192_SHA512);
        verifies(&rsa, Alg::Ps256, &RSA_PSS_2048_8192_SHA256);
        verifies(&rsa, Alg::Rs1, &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY);
    }

    #[test]
    fn weak_rsa_signs_until_the_padding_has_no_room() {
        let weak = generate("RSA-1024");
        assert_eq!(weak.kind(), KeyKind::Rsa(1024));
        verifies(&weak, Alg::Rs256, &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY);
        let tiny = generate("RSA-512");
        assert_eq!(tiny.sign(Alg::Rs256, b"message").map(|signature| signature.len()), Ok(64));
        assert!(matches!(tiny.sign(Alg::Rs512, b"message"), Err(KeyError::Sign(_))));
    }

    #[test]
    fn a_wrong_algorithm_names_key_and_algorithm() {
        for (kind, alg) in
            [("P-256", Alg::Es384), ("Ed25519", Alg::Es256), ("RSA-1024", Alg::EdDsa)]
        {
            let error = generate(kind).sign(alg, b"").expect_err("cannot");
            assert_eq!(error.to_string(), format!("a {kind} key cannot sign with {alg}"));
        }
    }

    #[test]
    fn debug_keeps_the_secret() {
        assert_eq!(format!("{:?}", generate("P-256")), "PrivateKey(P-256)");
    }
}
