//! The signature algorithms this CA takes (RFC 7518 §3.1, RFC 8037 §3.1).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, VerificationAlgorithm,
};

/// A JWS signature algorithm. Each kind of key goes with exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ca) enum Algorithm {
    Es256,
    Es384,
    Rs256,
    EdDsa,
}

impl Algorithm {
    /// What problem documents offer, in order of preference.
    pub(in crate::ca) const NAMES: [&'static str; 4] = ["ES256", "ES384", "RS256", "EdDSA"];

    /// The algorithm with the JWS name `name`, if this CA takes it.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "RS256" => Some(Self::Rs256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A curve of RFC 7518 §6.2.1.1 that this CA takes for ECDSA keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) coordinate_bytes: usize,
    pub(super) algorithm: Algorithm,
    pub(super) verification: &'static dyn VerificationAlgorithm,
}

pub(super) static CURVES: [Curve; 2] = [
    Curve {
        name: "P-256",
        coordinate_bytes: 32,
        algorithm: Algorithm::Es256,
        verification: &ECDSA_P256_SHA256_FIXED,
    },
    Curve {
        name: "P-384",
        coordinate_bytes: 48,
        algorithm: Algorithm::Es384,
        verification: &ECDSA_P384_SHA384_FIXED,
    },
];

/// The one signature of RFC 8037 that `aws-lc-rs` verifies; Ed448 it does not.
pub(super) static EDWARDS: &dyn VerificationAlgorithm = &ED25519;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_taken_and_given_back() {
        for name in Algorithm::NAMES {
            assert_eq!(Algorithm::from_name(name).map(Algorithm::name), Some(name));
        }
        for name in ["none", "HS256", "PS256", "es256", "ES512", ""] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }
}
