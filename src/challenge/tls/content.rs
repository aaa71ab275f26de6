//! What is in a certificate besides what all have.

use crate::challenge::misbehaviour::TlsFault;

/// A name that nobody proves.
const WRONG_NAME: &str = "wrong.invalid";

/// What is in a certificate besides what all have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content<'a> {
    /// Domains and IP addresses.
    pub(super) names: Vec<&'a str>,
    pub(super) acme_identifier: Option<AcmeIdentifier>,
    /// Whether it has an extension more.
    pub(super) extra_extension: bool,
    /// Whether another key signs.
    pub(super) signed_by_other: bool,
}

/// The extension that answers TLS-ALPN-01 (RFC 8737 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AcmeIdentifier {
    pub(super) digest: [u8; 32],
    pub(super) critical: bool,
}

impl<'a> Content<'a> {
    /// The answer to TLS-ALPN-01 for `domain`, spoilt by `fault`.
    pub(super) fn challenge(
        domain: &'a str,
        mut digest: [u8; 32],
        fault: Option<TlsFault>,
    ) -> Self {
        if fault == Some(TlsFault::WrongDigest) {
            digest[0] ^= 0xFF;
        }
        let critical = fault != Some(TlsFault::Noncritical);
        let acme_identifier = AcmeIdentifier { digest, critical };
        Self {
            acme_identifier: Some(acme_identifier).filter(|_| fault != Some(TlsFault::NoExtension)),
            ..Self::web(domain, fault)
        }
    }

    /// A certificate that says no more than `name`, spoilt by `fault`.
    pub(super) fn web(name: &'a str, fault: Option<TlsFault>) -> Self {
        Self {
            names: names(name, fault),
            acme_identifier: None,
            extra_extension: fault == Some(TlsFault::ExtraExtension),
            signed_by_other: fault == Some(TlsFault::NotSelfSigned),
        }
    }
}

fn names(name: &str, fault: Option<TlsFault>) -> Vec<&str> {
    match fault {
        Some(TlsFault::WrongCertificate) => vec![WRONG_NAME],
        Some(TlsFault::ExtraName) => vec![name, WRONG_NAME],
        _ => vec![name],
    }
}
