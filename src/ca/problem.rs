//! Problem documents (RFC 7807) with the error types of RFC 8555 §6.7.

use std::borrow::Cow;

use hyper::{
    StatusCode,
    header::{HeaderName, HeaderValue},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::jose::Algorithm;

/// The error types this CA answers with (RFC 8555 §6.7, RFC 9773 §7.4, draft-ietf-acme-profiles).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorType {
    AccountDoesNotExist,
    AlreadyReplaced,
    AlreadyRevoked,
    BadCsr,
    BadNonce,
    BadPublicKey,
    BadRevocationReason,
    BadSignatureAlgorithm,
    Caa,
    Connection,
    Dns,
    ExternalAccountRequired,
    InvalidContact,
    InvalidProfile,
    Malformed,
    OrderNotReady,
    RateLimited,
    RejectedIdentifier,
    ServerInternal,
    Tls,
    Unauthorized,
    UnsupportedContact,
    UnsupportedIdentifier,
    UserActionRequired,
}

impl ErrorType {
    const ALL: [Self; 24] = [
        Self::AccountDoesNotExist,
        Self::AlreadyReplaced,
        Self::AlreadyRevoked,
        Self::BadCsr,
        Self::BadNonce,
        Self::BadPublicKey,
        Self::BadRevocationReason,
        Self::BadSignatureAlgorithm,
        Self::Caa,
        Self::Connection,
        Self::Dns,
        Self::ExternalAccountRequired,
        Self::InvalidContact,
        Self::InvalidProfile,
        Self::Malformed,
        Self::OrderNotReady,
        Self::RateLimited,
        Self::RejectedIdentifier,
        Self::ServerInternal,
        Self::Tls,
        Self::Unauthorized,
        Self::UnsupportedContact,
        Self::UnsupportedIdentifier,
        Self::UserActionRequired,
    ];

    /// What its URN ends with, such as `badCSR`.
    pub(super) fn name(self) -> &'static str {
        self.urn().rsplit(':').next().unwrap_or_default()
    }

    /// Reads what [`Self::name`] gives.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error_type| error_type.name() == name)
    }

    const fn urn(self) -> &'static str {
        match self {
            Self::AccountDoesNotExist => "urn:ietf:params:acme:error:accountDoesNotExist",
            Self::AlreadyReplaced => "urn:ietf:params:acme:error:alreadyReplaced",
            Self::AlreadyRevoked => "urn:ietf:params:acme:error:alreadyRevoked",
            Self::BadCsr => "urn:ietf:params:acme:error:badCSR",
            Self::BadNonce => "urn:ietf:params:acme:error:badNonce",
            Self::BadPublicKey => "urn:ietf:params:acme:error:badPublicKey",
            Self::BadRevocationReason => "urn:ietf:params:acme:error:badRevocationReason",
            Self::BadSignatureAlgorithm => "urn:ietf:params:acme:error:badSignatureAlgorithm",
            Self::Caa => "urn:ietf:params:acme:error:caa",
            Self::Connection => "urn:ietf:params:acme:error:connection",
            Self::Dns => "urn:ietf:params:acme:error:dns",
            Self::ExternalAccountRequired => "urn:ietf:params:acme:error:externalAccountRequired",
            Self::InvalidContact => "urn:ietf:params:acme:error:invalidContact",
            Self::InvalidProfile => "urn:ietf:params:acme:error:invalidProfile",
            Self::Malformed => "urn:ietf:params:acme:error:malformed",
            Self::OrderNotReady => "urn:ietf:params:acme:error:orderNotReady",
            Self::RateLimited => "urn:ietf:params:acme:error:rateLimited",
            Self::RejectedIdentifier => "urn:ietf:params:acme:error:rejectedIdentifier",
            Self::ServerInternal => "urn:ietf:params:acme:error:serverInternal",
            Self::Tls => "urn:ietf:params:acme:error:tls",
            Self::Unauthorized => "urn:ietf:params:acme:error:unauthorized",
            Self::UnsupportedContact => "urn:ietf:params:acme:error:unsupportedContact",
            Self::UnsupportedIdentifier => "urn:ietf:params:acme:error:unsupportedIdentifier",
            Self::UserActionRequired => "urn:ietf:params:acme:error:userActionRequired",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            // §7.4 names 403 for orderNotReady; the others are the custom of public CAs.
            Self::ExternalAccountRequired
            | Self::OrderNotReady
            | Self::Unauthorized
            | Self::UserActionRequired => StatusCode::FORBIDDEN,
            Self::AlreadyReplaced => StatusCode::CONFLICT, // RFC 9773 §5
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::ServerInternal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// One problem document, and the headers that must go with it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub(super) error_type: ErrorType,
    pub(super) status: StatusCode,
    pub(super) detail: Cow<'static, str>,
    /// A page the user has to visit (§7.3.3).
    pub(super) instance: Option<String>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with the status that is usual for its type.
    pub(super) fn new(error_type: ErrorType, detail: impl Into<Cow<'static, str>>) -> Self {
        let (status, detail) = (error_type.status(), detail.into());
        Self { error_type, status, detail, instance: None, headers: Vec::new() }
    }

    pub(super) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorType::Malformed, detail)
    }

    pub(super) fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorType::Unauthorized, detail)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::malformed(format!("{what} does not exist here")).with_status(StatusCode::NOT_FOUND)
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn with_instance(mut self, url: String) -> Self {
        self.instance = Some(url);
        self
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.error_type.urn())?;
        map.serialize_entry("detail", &self.detail)?;
        map.serialize_entry("status", &self.status.as_u16())?;
        if let Some(instance) = &self.instance {
            map.serialize_entry("instance", instance)?;
        }
        if self.error_type == ErrorType::BadSignatureAlgorithm {
            // §6.2: this problem must say which algorithms would do.
            map.serialize_entry("algorithms", &Algorithm::NAMES)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_problem_document() {
        let problem = Problem::new(ErrorType::OrderNotReady, "the order is pending");
        assert_eq!(
            serde_json::to_value(&problem).expect("plain data"),
            serde_json::json!({
                "type": "urn:ietf:params:acme:error:orderNotReady",
                "detail": "the order is pending",
                "status": 403,
            })
        );
    }

    #[test]
    fn names_are_what_urns_end_with() {
        assert_eq!(ErrorType::BadCsr.name(), "badCSR");
        for error_type in ErrorType::ALL {
            assert_eq!(ErrorType::from_name(error_type.name()), Some(error_type));
        }
        assert_eq!(ErrorType::from_name("urn"), None);
    }

    #[test]
    fn names_the_algorithms_that_would_do() {
        let problem = Problem::new(ErrorType::BadSignatureAlgorithm, "none");
        let value = serde_json::to_value(&problem).expect("plain data");
        assert_eq!(value["algorithms"][0], "ES256");
    }
}
