//! Signature algorithms by their JWS names (RFC 7518 section 3.1, RFC 8037 section 3.1).

use std::fmt;
use std::str::FromStr;

/// A JWS signature algorithm that a private key can carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alg {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PKCS#1 v1.5 with SHA-1 (RFC 8812 section 2): only to see it rejected.
    Rs1,
}

/// An algorithm name that no key here can carry out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no signature algorithm `{0}`: use {names}", names = Alg::names())]
pub struct UnknownAlg(String);

impl Alg {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Rs1,
    ];

    /// The name in a JWS header's `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Rs1 => "RS1",
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Alg {
    type Err = UnknownAlg;

    fn from_str(name: &str) -> Result<Self, UnknownAlg> {
        let found = Self::ALL.into_iter().find(|alg| alg.as_str() == name);
        found.ok_or_else(|| UnknownAlg(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for alg in Alg::ALL {
            assert_eq!(alg.as_str().parse(), Ok(alg));
        }
        let error = "none".parse::<Alg>().expect_err("not a signature algorithm");
        assert!(error.to_string().starts_with("no signature algorithm `none`: use ES256, "));
    }
}
