//! The certificates that the listener shows, each made in some 30 µs under one key.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, Issuer, KeyPair, SanType,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use super::content::{AcmeIdentifier, Content};

/// An extension that no answer to TLS-ALPN-01 has: the policy that says nothing (RFC 5280 section
/// 4.2.1.4, `anyPolicy`).
const CERTIFICATE_POLICIES: (&[u64], &[u8]) =
    (&[2, 5, 29, 32], b"\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00");

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakeError {
    /// A name that no certificate can hold, or a failure of the library.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library refuses the key.
    #[error("the key cannot be used: {0}")]
    Key(#[from] rustls::Error),
}

/// Makes certificates. All share one key: a CA looks at what is in them only.
///
/// One costs an eighth of the handshake that shows it.
pub(super) struct Maker {
    key: KeyPair,
    tls_key: Arc<dyn SigningKey>,
    other: Issuer<'static, KeyPair>,
}

impl Maker {
    pub(super) fn new(provider: &CryptoProvider) -> Result<Self, MakeError> {
        let key = KeyPair::generate()?;
        let pkcs8 = PrivatePkcs8KeyDer::from(key.serialize_der());
        let tls_key = provider.key_provider.load_private_key(PrivateKeyDer::Pkcs8(pkcs8))?;
        let other = named("another issuer");
        let other = Issuer::new(other, KeyPair::generate()?);
        Ok(Self { key, tls_key, other })
    }

    pub(super) fn make(&self, content: &Content<'_>) -> Result<Arc<CertifiedKey>, MakeError> {
        let mut params = named("coyote");
        params.subject_alt_names = san_of(&content.names)?;
        params.custom_extensions = extensions(content);
        let made = match content.signed_by_other {
            true => params.signed_by(&self.key, &self.other)?,
            false => params.self_signed(&self.key)?,
        };
        Ok(Arc::new(CertifiedKey::new(vec![made.into()], Arc::clone(&self.tls_key))))
    }
}

fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn san_of(names: &[&str]) -> Result<Vec<SanType>, rcgen::Error> {
    let of_one = |name: &&str| match name.parse::<IpAddr>() {
        Ok(addr) => Ok(SanType::IpAddress(addr)),
        Err(_) => Ok(SanType::DnsName((*name).try_into()?)),
    };
    names.iter().map(of_one).collect()
}

fn extensions(content: &Content<'_>) -> Vec<CustomExtension> {
    let acme = content.acme_identifier.as_ref().map(|AcmeIdentifier { digest, critical }| {
        let mut extension = CustomExtension::new_acme_identifier(digest);
        extension.set_criticality(*critical);
        extension
    });
    let (oid, der) = CERTIFICATE_POLICIES;
    let extra =
        content.extra_extension.then(|| CustomExtension::from_oid_content(oid, der.to_vec()));
    acme.into_iter().chain(extra).collect()
}
