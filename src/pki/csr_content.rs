//! Reading certificate signing requests.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::csr::CsrError;
use super::key::KeyKind;

/// What a request says; its signature is not checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsrContent {
    /// The subject's common name.
    pub cn: Option<String>,
    /// DNS names of the `subjectAltName` extension.
    pub names: Vec<String>,
    /// IP addresses of it.
    pub ips: Vec<IpAddr>,
    /// Mail addresses of it.
    pub emails: Vec<String>,
    /// URIs of it.
    pub uris: Vec<String>,
    /// The kind of the public key, as [`KeyKind`] writes it, or its algorithm's OID.
    pub key_kind: String,
}

/// Reads a request's DER.
///
/// # Errors
/// [`CsrError::Parse`].
pub fn parse(der: &[u8]) -> Result<CsrContent, CsrError> {
    let (_, request) = X509CertificationRequest::from_der(der)
        .map_err(|error| CsrError::Parse(error.to_string()))?;
    let info = &request.certification_request_info;
    let cn = info.subject.iter_common_name().next().and_then(|cn| cn.as_str().ok());
    let mut content = CsrContent {
        cn: cn.map(str::to_owned),
        key_kind: key_kind(&info.subject_pki),
        ..CsrContent::default()
    };
    for extension in request.requested_extensions().into_iter().flatten() {
        if let ParsedExtension::SubjectAlternativeName(alt_names) = extension {
            alt_names.general_names.iter().for_each(|name| content.add(name));
        }
    }
    Ok(content)
}

impl CsrContent {
    fn add(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(name) => self.names.push((*name).to_owned()),
            GeneralName::RFC822Name(email) => self.emails.push((*email).to_owned()),
            GeneralName::URI(uri) => self.uris.push((*uri).to_owned()),
            GeneralName::IPAddress(bytes) => self.ips.extend(ip_address(bytes)),
            _ => {}
        }
    }
}

/// An address of 4 or 16 bytes.
pub(super) fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| Ipv4Addr::from(bytes).into());
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| Ipv6Addr::from(bytes).into())).ok()
}

/// The kind of a public key, as [`KeyKind`] writes it, or its algorithm's OID.
pub(super) fn key_kind(public: &SubjectPublicKeyInfo<'_>) -> String {
    let curve = public.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
    let oid = curve.as_ref().unwrap_or(&public.algorithm.algorithm).to_id_string();
    match (public.parsed(), oid.as_str()) {
        (Ok(PublicKey::RSA(key)), _) => KeyKind::rsa_of(key.modulus).to_string(),
        (_, "1.2.840.10045.3.1.7") => KeyKind::P256.to_string(),
        (_, "1.3.132.0.34") => KeyKind::P384.to_string(),
        (_, "1.3.101.112") => KeyKind::Ed25519.to_string(),
        _ => oid,
    }
}
