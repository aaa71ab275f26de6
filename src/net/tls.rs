//! Whom HTTPS clients trust and what they offer, shared by all shards.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use url::Host;

use crate::error::ErrorKind;
use crate::net::error::NetError;
use crate::net::verifier::Verifier;

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
    /// A text that should hold roots holds no certificate.
    #[error("it holds no certificate")]
    NoCertificate,
    /// rustls refuses the configuration.
    #[error("cannot set up TLS: {0}")]
    Config(#[from] rustls::Error),
}

/// Whom to trust; cheap to clone.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    /// Trust anybody (`--insecure`).
    pub insecure: bool,
}

/// Which versions of TLS to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 alone (RFC 5246).
    Tls12,
    /// 1.3 alone (RFC 8446).
    Tls13,
}

static ONLY_12: [&SupportedProtocolVersion; 1] = [&TLS12];
static ONLY_13: [&SupportedProtocolVersion; 1] = [&TLS13];

impl Versions {
    fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Both => rustls::ALL_VERSIONS,
            Self::Tls12 => &ONLY_12,
            Self::Tls13 => &ONLY_13,
        }
    }
}

/// What a client offers in its handshakes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Offer {
    /// Application protocols, the preferred one first (RFC 7301).
    pub alpn: Vec<Vec<u8>>,
    /// Versions of TLS.
    pub versions: Versions,
    /// Whether the server is told which name is wanted (RFC 6066 section 3).
    pub sni: bool,
}

impl Offer {
    /// Everything, with these application protocols.
    pub fn of(alpn: &[&[u8]]) -> Self {
        let alpn = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Self { alpn, versions: Versions::Both, sni: true }
    }
}

impl Trust {
    /// The system's roots.
    pub fn of_system(insecure: bool) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { roots: Arc::new(roots), insecure }
    }

    /// Adds the certificates of a PEM file (`--ca-cert`).
    pub fn add_file(&mut self, path: &Path) -> Result<(), TlsError> {
        let failed = |reason: String| TlsError::CaCert { path: path.display().to_string(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        self.add_pem(&text).map_err(|error| failed(error.to_string()))
    }

    /// Adds the certificates of a PEM text.
    ///
    /// # Errors
    /// When there is none, or one cannot be a root.
    pub fn add_pem(&mut self, text: &str) -> Result<(), TlsError> {
        let mut found = CertificateDer::pem_slice_iter(text.as_bytes()).flatten().peekable();
        found.peek().ok_or(TlsError::NoCertificate)?;
        let roots = Arc::make_mut(&mut self.roots);
        for certificate in found {
            roots.add(certificate)?;
        }
        Ok(())
    }

    /// The client configuration for this trust.
    pub fn client_config(&self, offer: &Offer) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = (!self.insecure).then(|| Arc::clone(&self.roots));
        let verifier = Verifier { roots, provider: Arc::clone(&provider) };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(offer.versions.list())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols.clone_from(&offer.alpn);
        config.enable_sni = offer.sni;
        Ok(config)
    }
}

/// The name that a certificate of `host` must be for.
///
/// # Errors
/// When it is no name that a certificate can be for.
pub fn server_name(host: &Host) -> Result<ServerName<'static>, NetError> {
    match host {
        Host::Ipv4(ip) => Ok(IpAddr::from(*ip).into()),
        Host::Ipv6(ip) => Ok(IpAddr::from(*ip).into()),
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| {
            NetError::new(ErrorKind::Argument, format!("`{name}` is no name of a server"))
        }),
    }
}
