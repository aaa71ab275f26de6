//! TLS towards servers that are being validated: any certificate will do, since what it says is
//! what is looked at.

use std::{io, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error,
    SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    Perspective,
    connect::{connect, connection_problem},
};
use crate::ca::problem::{ErrorType, Problem};

/// The protocol of RFC 8737 §6.2.
pub(super) const ACME_TLS_1: &[u8] = b"acme-tls/1";

/// Settings that offer the protocols `alpn`.
pub(super) fn config(alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    // A resumed session shows no certificate.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Connects to `host` at the TLS port and asks there for `server_name`.
pub(in crate::ca) async fn handshake(
    perspective: &Perspective,
    host: &str,
    server_name: &str,
    config: &Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, Problem> {
    let name = ServerName::try_from(server_name.to_owned())
        .map_err(|_| Problem::malformed(format!("{server_name:?} cannot be asked for by TLS")))?;
    let stream = connect(perspective, host, perspective.tls_port).await?;
    TlsConnector::from(Arc::clone(config))
        .connect(name, stream)
        .await
        .map_err(|error| problem(server_name, perspective.tls_port, &error))
}

/// The server's own certificate.
pub(in crate::ca) fn certificate(
    stream: &TlsStream<TcpStream>,
) -> Result<&CertificateDer<'_>, Problem> {
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    chain.first().ok_or_else(|| Problem::unauthorized("the server shows no certificate"))
}

/// As Boulder tells failures apart: no agreement on the protocol is the server's answer, and plain
/// HTTP is no answer in TLS at all.
fn problem(server_name: &str, port: Option<u16>, error: &io::Error) -> Problem {
    let at = port.map(|port| format!(" at {port}")).unwrap_or_default();
    let detail = |what: &dyn std::fmt::Display| format!("TLS with {server_name}{at}: {what}");
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            Problem::unauthorized(detail(&"the server does not know the protocol acme-tls/1"))
        }
        Some(Error::InvalidMessage(_)) => {
            Problem::malformed(detail(&"the server does not speak TLS"))
        }
        Some(error) => Problem::new(ErrorType::Tls, detail(error)),
        None => connection_problem(detail(error)),
    }
}

/// Takes every certificate, even one that cannot be read.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        unless_forged(rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            algorithms,
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        unless_forged(rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            algorithms,
        ))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// That the server has the certificate's key is checked. webpki refuses certificates that are fine
/// for this (critical acmeIdentifier, version 1): they prove nothing less for it.
fn unless_forged(
    checked: Result<HandshakeSignatureValid, Error>,
) -> Result<HandshakeSignatureValid, Error> {
    let forged = Error::InvalidCertificate(CertificateError::BadSignature);
    match checked {
        Err(error) if error == forged => Err(error),
        Ok(_) | Err(_) => Ok(HandshakeSignatureValid::assertion()),
    }
}
