//! Whom HTTPS clients trust, shared by all shards.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Why the trust that the user asked for cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of `--ca-cert` is missing or is not PEM.
    #[error("cannot read certificates from {path}: {reason}; --ca-cert takes a PEM file")]
    CaCert {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// rustls refuses the configuration.
    #[error("cannot set up TLS: {0}")]
    Config(#[from] rustls::Error),
}

/// Whom to trust.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// PEM texts of roots beside the system's.
    pub roots_pem: Vec<String>,
    /// Trust anybody (`--insecure`).
    pub insecure: bool,
}

impl Trust {
    /// Adds the certificates of a PEM file (`--ca-cert`).
    pub fn add_file(&mut self, path: &Path) -> Result<(), TlsError> {
        let failed = |reason: String| TlsError::CaCert { path: path.display().to_string(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        if CertificateDer::pem_slice_iter(text.as_bytes()).find_map(Result::ok).is_none() {
            return Err(failed("it holds no certificate".into()));
        }
        self.roots_pem.push(text);
        Ok(())
    }

    /// The client configuration for this trust; `alpn` as the HTTP version demands.
    pub fn client_config(&self, alpn: &[&[u8]]) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let mut config = if self.insecure {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(TrustAnybody(provider)))
                .with_no_client_auth()
        } else {
            builder.with_root_certificates(self.root_store()?).with_no_client_auth()
        };
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(config)
    }

    fn root_store(&self) -> Result<RootCertStore, TlsError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for text in &self.roots_pem {
            for certificate in CertificateDer::pem_slice_iter(text.as_bytes()).flatten() {
                store.add(certificate)?;
            }
        }
        Ok(store)
    }
}

/// Accepts every certificate but still checks handshake signatures (`--insecure`).
#[derive(Debug)]
struct TrustAnybody(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAnybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
