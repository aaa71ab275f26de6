//! RSA that aws-lc-rs rightly refuses: odd and small sizes, SHA-1. All of it is slow.

use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss::Pss;
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest, Sha256, Sha384, Sha512};
use rsa::{RsaPrivateKey, traits::PublicKeyParts};
use sha1::Sha1;

use super::key::KeyError;
use crate::jose::alg::Alg;

/// Makes a key of `bits` (512 and more); 1024 bits take some 50 ms.
pub(super) fn generate(bits: usize) -> Result<RsaPrivateKey, KeyError> {
    RsaPrivateKey::new(&mut OsRng, bits).map_err(|error| KeyError::Generate(error.to_string()))
}

/// Signs `message`; fails when the modulus has no room for the padded digest.
pub(super) fn sign(key: &RsaPrivateKey, alg: Alg, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let signed = match alg {
        Alg::Rs1 => key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message)),
        Alg::Rs256 => key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)),
        Alg::Rs384 => key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message)),
        Alg::Rs512 => key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message)),
        Alg::Ps256 => key.sign_with_rng(&mut OsRng, Pss::new::<Sha256>(), &Sha256::digest(message)),
        Alg::Es256 | Alg::Es384 | Alg::EdDsa => {
            return Err(KeyError::Algorithm { alg, key: format!("RSA-{}", key.n().bits()) });
        }
    };
    signed.map_err(|error| KeyError::Sign(error.to_string()))
}
