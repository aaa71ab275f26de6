//! How certificates of servers are judged, so that a refusal names the certificate.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use crate::pki::certificate::{Certificate, CertificateError as Refusal};
use crate::pki::certificate_path::date;

/// Judges the certificates of servers.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Whom to trust; anybody without (`--insecure`).
    pub(super) roots: Option<Arc<RootCertStore>>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn judge(
        &self,
        roots: &RootCertStore,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let parsed = ParsedCertificate::try_from(leaf)?;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        verify_server_name(&parsed, name)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            self.judge(roots, end_entity, intermediates, server_name, now)
                .map_err(|error| named(error, end_entity, server_name))?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The same refusal with the names of the certificate, which rustls leaves out.
fn named(error: Error, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> Error {
    let Error::InvalidCertificate(reason) = error else { return error };
    let Ok(certificate) = Certificate::from_der(leaf) else {
        return Error::InvalidCertificate(reason);
    };
    let why = match &reason {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("it, or an issuer, expired on {}", date(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it, or an issuer, is valid only from {}", date(*not_before))
        }
        CertificateError::UnknownIssuer => {
            format!("no trusted root leads to it (its issuer is {})", certificate.issuer)
        }
        CertificateError::NotValidForNameContext { .. } => {
            format!("it is not for `{}`", name.to_str())
        }
        CertificateError::BadSignature => "a signature is wrong".to_owned(),
        other => other.to_string(),
    };
    let refusal = Refusal::Untrusted { subject: certificate.to_string(), why };
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refusal))))
}
