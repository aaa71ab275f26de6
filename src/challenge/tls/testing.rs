//! A TLS client that trusts anything and remembers what it saw.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use rustls::{HandshakeKind, StreamOwned};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// What a client knows after a handshake.
pub(super) struct Seen {
    pub(super) alpn: Option<Vec<u8>>,
    pub(super) kind: Option<HandshakeKind>,
    der: Vec<u8>,
    pub(super) stream: StreamOwned<ClientConnection, TcpStream>,
}

/// A configuration that offers `alpn`.
pub(super) fn client(alpn: &[&str]) -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustAll(provider)))
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// A handshake with `addr` for `name`; for an IP address, no name is sent.
pub(super) fn handshake(
    config: &Arc<ClientConfig>,
    addr: (IpAddr, u16),
    name: &str,
) -> io::Result<Seen> {
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let mut session = ClientConnection::new(Arc::clone(config), name).expect("a session");
    let mut tcp = TcpStream::connect(addr)?;
    while session.is_handshaking() {
        session.complete_io(&mut tcp)?;
    }
    let der = session.peer_certificates().expect("a server has one")[0].to_vec();
    let alpn = session.alpn_protocol().map(<[u8]>::to_vec);
    let kind = session.handshake_kind();
    Ok(Seen { alpn, kind, der, stream: StreamOwned::new(session, tcp) })
}

impl Seen {
    /// The names in the certificate.
    pub(super) fn names(&self) -> Vec<String> {
        let certificate = self.certificate();
        let san = certificate.subject_alternative_name().expect("parses").expect("is there");
        let names = san.value.general_names.iter().map(|name| match name {
            GeneralName::DNSName(name) => (*name).to_owned(),
            GeneralName::IPAddress(octets) => match <[u8; 4]>::try_from(*octets) {
                Ok(v4) => IpAddr::from(v4).to_string(),
                Err(_) => IpAddr::from(<[u8; 16]>::try_from(*octets).expect("v6")).to_string(),
            },
            other => panic!("neither name nor address: {other:?}"),
        });
        names.collect()
    }

    /// Whether acmeIdentifier is critical, and its DER.
    pub(super) fn acme_identifier(&self) -> Option<(bool, Vec<u8>)> {
        let certificate = self.certificate();
        let mut all = certificate.extensions().iter();
        let found = all.find(|one| one.oid.to_id_string() == "1.3.6.1.5.5.7.1.31")?;
        assert!(matches!(found.parsed_extension(), ParsedExtension::UnsupportedExtension { .. }));
        Some((found.critical, found.value.to_vec()))
    }

    pub(super) fn extension_count(&self) -> usize {
        self.certificate().extensions().len()
    }

    /// Whether its own key signed it, and its issuer is its subject.
    pub(super) fn is_self_signed(&self) -> bool {
        let certificate = self.certificate();
        certificate.verify_signature(None).is_ok() && certificate.issuer() == certificate.subject()
    }

    /// Sends `request` and reads until the server closes.
    pub(super) fn exchange(mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).expect("sends");
        let mut answer = String::new();
        // Fails unless the server ends the session as it should, with close_notify.
        self.stream.read_to_string(&mut answer).expect("reads");
        answer
    }

    fn certificate(&self) -> X509Certificate<'_> {
        X509Certificate::from_der(&self.der).expect("DER").1
    }
}

/// Checks nothing: rustls refuses the critical acmeIdentifier wherever it looks.
#[derive(Debug)]
struct TrustAll(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAll {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
