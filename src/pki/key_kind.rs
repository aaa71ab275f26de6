//! The kinds of keys, and why one cannot be made, read or used.

use std::fmt;
use std::str::FromStr;

use crate::jose::alg::{Alg, UnknownAlg};

/// The RSA sizes that can be made: a smaller modulus has no room for a SHA-256 signature, a larger
/// one takes minutes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 512..=8192;

/// Why a key cannot be made, read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A kind of key that is not known.
    #[error("no key kind `{0}`: use P-256, P-384, Ed25519 or RSA-N with N from 512 to 8192 bits")]
    Kind(String),
    /// The library could not make one.
    #[error("the key cannot be generated: {0}")]
    Generate(String),
    /// Not a key in any form known here.
    #[error("not a usable key: {0}")]
    Parse(String),
    /// The key cannot sign with that algorithm.
    #[error("a {key} key cannot sign with {alg}")]
    Algorithm {
        /// What was asked for.
        alg: Alg,
        /// The kind of the key.
        key: String,
    },
    /// The library could not sign.
    #[error("signing failed: {0}")]
    Sign(String),
    /// An algorithm name that is not known.
    #[error(transparent)]
    UnknownAlg(#[from] UnknownAlg),
}

impl KeyError {
    /// A key that cannot be read, for the reason that the library gives.
    pub(crate) fn parse(reason: impl fmt::Display) -> Self {
        Self::Parse(reason.to_string())
    }
}

/// What sort of key, as scripts write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA with a modulus of so many bits.
    Rsa(usize),
}

impl KeyKind {
    /// The size in bits: of the curve, or of the RSA modulus.
    pub const fn bits(self) -> usize {
        match self {
            Self::P256 | Self::Ed25519 => 256,
            Self::P384 => 384,
            Self::Rsa(bits) => bits,
        }
    }

    /// The kind of an RSA key with this modulus, given as big-endian bytes.
    pub fn rsa_of(modulus: &[u8]) -> Self {
        let bits = modulus.iter().position(|byte| *byte != 0).map_or(0, |first| {
            (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize
        });
        Self::Rsa(bits)
    }

    /// The algorithm that a key of this kind signs with unless told otherwise.
    pub const fn alg(self) -> Alg {
        match self {
            Self::P256 => Alg::Es256,
            Self::P384 => Alg::Es384,
            Self::Ed25519 => Alg::EdDsa,
            Self::Rsa(_) => Alg::Rs256,
        }
    }

    /// Whether making such a key or signing with it takes more than 100 us.
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Rsa(_))
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa(bits) => write!(f, "RSA-{bits}"),
        }
    }
}

impl FromStr for KeyKind {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        let rsa_bits = || name.strip_prefix("RSA-").and_then(|bits| bits.parse().ok());
        match name {
            "P-256" => Ok(Self::P256),
            "P-384" => Ok(Self::P384),
            "Ed25519" => Ok(Self::Ed25519),
            _ => rsa_bits()
                .filter(|bits| RSA_BITS.contains(bits))
                .map(Self::Rsa)
                .ok_or_else(|| KeyError::Kind(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_bits_are_those_of_the_modulus() {
        assert_eq!(KeyKind::rsa_of(&[0, 0, 0x80, 0, 1]), KeyKind::Rsa(24));
        assert_eq!(KeyKind::rsa_of(&[0x01, 0xff]), KeyKind::Rsa(9));
        assert_eq!(KeyKind::rsa_of(&[0]), KeyKind::Rsa(0));
    }

    #[test]
    fn names_round_trip() {
        for name in ["P-256", "P-384", "Ed25519", "RSA-512", "RSA-2048", "RSA-8192"] {
            assert_eq!(name.parse::<KeyKind>().map(|kind| kind.to_string()), Ok(name.to_owned()));
        }
        for name in ["", "p-256", "RSA", "RSA-", "RSA-256", "RSA-99999", "RSA-2k", "P-521"] {
            assert_eq!(name.parse::<KeyKind>(), Err(KeyError::Kind(name.to_owned())));
        }
    }
}
