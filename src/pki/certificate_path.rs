//! Whether a certificate leads to a root (RFC 5280 section 6), as browsers look at it.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::certificate::{Certificate, CertificateError};

/// Verifies `chain`, whose first certificate is the server's and whose others help to reach one of
/// `roots`: signatures, dates, purpose, constraints and, if given, that it is for `name` (a host name
/// or an IP address). `at_s` is the time to judge dates by, in seconds since 1970.
///
/// # Errors
/// [`CertificateError::Untrusted`], with the reason; [`CertificateError::NoBlock`] for an empty chain.
pub fn verify(
    chain: &[Certificate],
    roots: &[Certificate],
    name: Option<&str>,
    at_s: u64,
) -> Result<(), CertificateError> {
    let Some((leaf, issuers)) = chain.split_first() else {
        return Err(CertificateError::NoBlock("CERTIFICATE"));
    };
    let untrusted = |why| CertificateError::Untrusted { subject: leaf.to_string(), why };
    let ders = |list: &[Certificate]| -> Vec<CertificateDer<'static>> {
        list.iter().map(|one| CertificateDer::from(one.der.clone())).collect()
    };
    let (leaf_der, issuers, roots) =
        (CertificateDer::from(leaf.der.as_slice()), ders(issuers), ders(roots));
    let anchors: Vec<TrustAnchor<'_>> = roots
        .iter()
        .map(anchor_from_trusted_cert)
        .collect::<Result<_, _>>()
        .map_err(|error| untrusted(format!("a root cannot be used: {error}")))?;
    let end = EndEntityCert::try_from(&leaf_der).map_err(|error| untrusted(told(&error)))?;
    end.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &issuers,
        UnixTime::since_unix_epoch(Duration::from_secs(at_s)),
        KeyUsage::server_auth(),
        None,
        None,
    )
    .map_err(|error| untrusted(told(&error)))?;
    let Some(name) = name else { return Ok(()) };
    let server_name = ServerName::try_from(name)
        .map_err(|_| untrusted(format!("`{name}` is no host name and no IP address")))?;
    end.verify_is_valid_for_subject_name(&server_name)
        .map_err(|_| untrusted(format!("it is not for `{name}`")))
}

/// The library's reason, in words for people where it is a common one.
fn told(error: &Error) -> String {
    match error {
        Error::UnknownIssuer => "no given root leads to it".to_owned(),
        Error::CertExpired { not_after, .. } => {
            format!("it, or an issuer, expired on {}", date(*not_after))
        }
        Error::CertNotValidYet { not_before, .. } => {
            format!("it, or an issuer, is valid only from {}", date(*not_before))
        }
        Error::InvalidSignatureForPublicKey => "a signature is wrong".to_owned(),
        Error::CaUsedAsEndEntity => "it is a CA's certificate, not a server's".to_owned(),
        Error::EndEntityUsedAsCa => "an issuer may not sign certificates".to_owned(),
        other => other.to_string(),
    }
}

/// `at` as RFC 3339 writes it.
pub(crate) fn date(at: UnixTime) -> String {
    let date = i64::try_from(at.as_secs()).ok().and_then(|seconds| {
        OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok()
    });
    date.unwrap_or_else(|| format!("second {} since 1970", at.as_secs()))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn params(names: &[&str]) -> CertificateParams {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).expect("a date");
        (params.not_before, params.not_after) = (at(NOW - 100), at(NOW + 100));
        params
    }

    fn root(name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = params(&[]);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root")
    }

    fn read(der: &[u8]) -> Certificate {
        Certificate::from_der(der).expect("reads")
    }

    #[test]
    fn a_path_holds_or_the_reason_is_told() {
        let (own, other) = (root("own"), root("other"));
        let key = KeyPair::generate().expect("a key");
        let leaf = params(&["a.example", "127.0.0.1"]).signed_by(&key, &own).expect("signed");
        let chain = [read(leaf.der())];
        assert_eq!(chain[0].names, ["a.example", "127.0.0.1"]);
        let (own, other) = ([read(own.der())], [read(other.der())]);
        let verify = |roots, name, at: i64| {
            super::verify(&chain, roots, name, at as u64).map_err(|error| error.to_string())
        };
        assert_eq!(verify(&own, None, NOW), Ok(()));
        assert_eq!(verify(&own, Some("a.example"), NOW), Ok(()));
        assert_eq!(verify(&own, Some("127.0.0.1"), NOW), Ok(()));
        let why = |result: Result<(), String>| result.expect_err("refused");
        assert_eq!(
            why(verify(&other, None, NOW)),
            "the certificate for a.example, 127.0.0.1 is not to be trusted: no given root leads to it"
        );
        assert!(why(verify(&own, Some("b.example"), NOW)).ends_with("it is not for `b.example`"));
        assert!(why(verify(&own, None, NOW + 101)).contains("expired on 2023-11-14T22:15:00Z"));
        assert!(
            why(verify(&own, None, NOW - 101)).contains("is valid only from 2023-11-14T22:11:40Z")
        );
        let itself = super::verify(&own, &own, None, NOW as u64).expect_err("refused").to_string();
        assert!(itself.ends_with("it is a CA's certificate, not a server's"), "{itself}");
    }
}
