//! Reading certificate revocation lists (RFC 5280 section 5).

use std::collections::HashMap;

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::certificate::{Certificate, CertificateError, pem_blocks, serial_hex};

/// A list of revoked certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crl {
    /// Who publishes it, as certificates name their issuer.
    pub issuer: String,
    /// When it was made, in seconds since 1970.
    pub this_update: i64,
    /// When the next one will be there, in seconds since 1970.
    pub next_update: Option<i64>,
    /// Its number in decimal digits (RFC 5280 section 5.2.3).
    pub number: Option<String>,
    /// Those revoked, by serial number in hexadecimal digits.
    pub revoked: HashMap<String, Revocation>,
}

/// When and why a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// When, in seconds since 1970.
    pub at: i64,
    /// The reason code (RFC 5280 section 5.3.1); 0, unspecified, when the list names none.
    pub reason: u8,
}

impl Crl {
    /// Reads a list in DER or PEM. With `issuer`, its signature is checked against that certificate.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn read(bytes: &[u8], issuer: Option<&Certificate>) -> Result<Self, CertificateError> {
        if bytes.starts_with(b"-----BEGIN") {
            return Self::from_der(&pem_blocks(bytes, "X509 CRL")?[0], issuer);
        }
        if bytes.is_empty() {
            return Err(CertificateError::ParseCrl("it is empty".to_owned()));
        }
        Self::from_der(bytes, issuer)
    }

    fn from_der(der: &[u8], issuer: Option<&Certificate>) -> Result<Self, CertificateError> {
        let (_, list) = CertificateRevocationList::from_der(der)
            .map_err(|error| CertificateError::ParseCrl(error.to_string()))?;
        if let Some(issuer) = issuer {
            check_signature(&list, issuer)?;
        }
        let revoked = list.iter_revoked_certificates().map(|entry| {
            let reason = entry.reason_code().map_or(0, |(_, code)| code.0);
            let revocation = Revocation { at: entry.revocation_date.timestamp(), reason };
            (serial_hex(entry.raw_serial()), revocation)
        });
        Ok(Self {
            revoked: revoked.collect(),
            issuer: list.issuer().to_string(),
            this_update: list.last_update().timestamp(),
            next_update: list.next_update().map(|at| at.timestamp()),
            number: list.crl_number().map(ToString::to_string),
        })
    }
}

fn check_signature(
    list: &CertificateRevocationList<'_>,
    issuer: &Certificate,
) -> Result<(), CertificateError> {
    let (_, issuer) = X509Certificate::from_der(&issuer.der)
        .map_err(|error| CertificateError::Parse(error.to_string()))?;
    list.verify_signature(issuer.public_key())
        .map_err(|_| CertificateError::CrlSignature(list.issuer().to_string()))
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
        IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
        SerialNumber,
    };
    use time::OffsetDateTime;

    use super::*;

    fn issuer() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
            .expect("an issuer")
    }

    #[test]
    fn entries_dates_and_signature_are_read() {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).expect("a date");
        let (own, other) = (issuer(), issuer());
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from_slice(&[0x87, 0x65]),
            revocation_time: at(1_699_999_000),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: at(1_700_000_000),
            next_update: at(1_700_000_600),
            crl_number: SerialNumber::from_slice(&[7]),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params.signed_by(&own).expect("signed");
        let (own, other) = (
            Certificate::from_der(own.der()).expect("reads"),
            Certificate::from_der(other.der()).expect("reads"),
        );
        let read = Crl::read(list.der(), Some(&own)).expect("reads and verifies");
        assert_eq!(read.revoked["8765"], Revocation { at: 1_699_999_000, reason: 1 });
        assert_eq!((read.this_update, read.next_update), (1_700_000_000, Some(1_700_000_600)));
        assert_eq!(read.number.as_deref(), Some("7"));
        assert_eq!(read.issuer, own.subject);
        let text = list.pem().expect("PEM");
        assert_eq!(Crl::read(text.as_bytes(), None), Ok(read));
        let error = Crl::read(list.der(), Some(&other)).expect_err("another issuer");
        assert!(matches!(error, CertificateError::CrlSignature(_)));
        assert!(matches!(Crl::read(b"no list", None), Err(CertificateError::ParseCrl(_))));
    }
}
