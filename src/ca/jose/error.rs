//! Why a JWS was refused.

use crate::ca::problem::{ErrorType, Problem};

/// Why a JWS was refused, in the three ways RFC 8555 §6.2 tells apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::ca) enum JoseError {
    #[error("{0}")]
    Malformed(String),
    #[error("{0}")]
    UnsupportedAlgorithm(String),
    #[error("{0}")]
    BadPublicKey(String),
}

impl JoseError {
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::Malformed(message.into())
    }
}

impl From<JoseError> for Problem {
    fn from(error: JoseError) -> Self {
        match error {
            JoseError::Malformed(detail) => Self::malformed(detail),
            JoseError::UnsupportedAlgorithm(detail) => {
                Self::new(ErrorType::BadSignatureAlgorithm, detail)
            }
            JoseError::BadPublicKey(detail) => Self::new(ErrorType::BadPublicKey, detail),
        }
    }
}
