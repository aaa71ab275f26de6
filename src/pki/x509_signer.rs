//! A [`PrivateKey`] as rcgen sees it: its public half, and signatures as X.509 wants them.

use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};
use rsa::pkcs8::der::asn1::{SequenceOf, UintRef};
use rsa::pkcs8::der::{self, Encode};

use super::key::{KeyKind, PrivateKey};

impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        self.public_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.kind() {
            KeyKind::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyKind::Ed25519 => &rcgen::PKCS_ED25519,
            KeyKind::Rsa(_) => &rcgen::PKCS_RSA_SHA256,
        }
    }
}

impl SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = PrivateKey::sign(self, self.kind().alg(), message)
            .map_err(|_| rcgen::Error::RemoteKeyError)?;
        match self.kind() {
            KeyKind::P256 | KeyKind::P384 => {
                ecdsa_der(&signature).map_err(|_| rcgen::Error::RemoteKeyError)
            }
            KeyKind::Ed25519 | KeyKind::Rsa(_) => Ok(signature),
        }
    }
}

/// JOSE's `r || s` as the `ECDSA-Sig-Value` of RFC 3279 section 2.2.3.
fn ecdsa_der(raw: &[u8]) -> der::Result<Vec<u8>> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let mut value = SequenceOf::<UintRef<'_>, 2>::new();
    value.add(UintRef::new(r)?)?;
    value.add(UintRef::new(s)?)?;
    value.to_der()
}
