//! Reading certificates (X.509, RFC 5280).

use std::fmt;

use aws_lc_rs::digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    AuthorityInfoAccess, CRLDistributionPoints, DistributionPointName, GeneralName, ParsedExtension,
};
use x509_parser::oid_registry::Oid;
use x509_parser::oid_registry::asn1_rs::oid;
use x509_parser::prelude::FromDer;

use super::csr_content::{ip_address, key_kind};
use super::key::PrivateKey;
use super::key_format::encode_pem;

const OCSP: Oid<'static> = oid!(1.3.6.1.5.5.7.48.1);
const CA_ISSUERS: Oid<'static> = oid!(1.3.6.1.5.5.7.48.2);

/// Why a certificate or a list of revoked ones cannot be read or is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The text holds no such PEM block.
    #[error("no {0} in the PEM text")]
    NoBlock(&'static str),
    /// The text is no PEM.
    #[error("not PEM: {0}")]
    Pem(String),
    /// The bytes are no certificate.
    #[error("not a certificate: {0}")]
    Parse(String),
    /// The bytes are no certificate revocation list.
    #[error("not a certificate revocation list: {0}")]
    ParseCrl(String),
    /// It lacks what a renewal identifier is made of (RFC 9773 section 4.1).
    #[error("the certificate has no authority key identifier, so it has no ARI id")]
    NoAuthorityKey,
    /// The path to the roots does not hold.
    #[error("the certificate for {subject} is not to be trusted: {why}")]
    Untrusted {
        /// Its names, or its subject.
        subject: String,
        /// What is wrong.
        why: String,
    },
    /// The list is not signed by the issuer that was given.
    #[error("the revocation list of {0} is not signed by the issuer given")]
    CrlSignature(String),
}

/// What a certificate says; its signature is not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// All of it.
    pub der: Vec<u8>,
    /// The serial number's DER content: big-endian, with a leading 0 where its first bit is set.
    pub serial: Vec<u8>,
    /// The subject, as `CN=a.example, O=...`; often empty.
    pub subject: String,
    /// The issuer, in the same form.
    pub issuer: String,
    /// When it begins to be valid, in seconds since 1970.
    pub not_before: i64,
    /// The last second in which it is valid.
    pub not_after: i64,
    /// Host names and IP addresses of the `subjectAltName` extension, in their order.
    pub names: Vec<String>,
    /// Whether it may sign certificates (basic constraints).
    pub is_ca: bool,
    /// The authority key identifier.
    pub aki: Option<Vec<u8>>,
    /// The subject key identifier.
    pub ski: Option<Vec<u8>>,
    /// The kind of its key as `KeyKind` writes it, or its algorithm's OID.
    pub key_kind: String,
    /// Where its CRL is (RFC 5280 section 4.2.1.13).
    pub crl_urls: Vec<String>,
    /// Where its OCSP responder is (RFC 5280 section 4.2.2.1).
    pub ocsp_urls: Vec<String>,
    /// Where its issuer's certificate is (RFC 5280 section 4.2.2.1).
    pub issuer_urls: Vec<String>,
    public_bytes: Vec<u8>,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Parse`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|error| CertificateError::Parse(error.to_string()))?;
        if !rest.is_empty() {
            let told = format!("{} bytes follow after its end", rest.len());
            return Err(CertificateError::Parse(told));
        }
        let mut certificate = Self {
            der: der.to_vec(),
            serial: parsed.raw_serial().to_vec(),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            is_ca: parsed.is_ca(),
            key_kind: key_kind(parsed.public_key()),
            public_bytes: parsed.public_key().subject_public_key.data.to_vec(),
            names: Vec::new(),
            aki: None,
            ski: None,
            crl_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
        };
        parsed.iter_extensions().for_each(|one| certificate.add(one.parsed_extension()));
        Ok(certificate)
    }

    /// Every certificate of a PEM text, in its order; other blocks are passed over.
    ///
    /// # Errors
    /// [`CertificateError`], also when there is none.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let ders = pem_blocks(text.as_bytes(), "CERTIFICATE")?;
        ders.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The first certificate of a PEM text.
    ///
    /// # Errors
    /// As [`Certificate::all_from_pem`].
    pub fn first_from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::from_der(&pem_blocks(text.as_bytes(), "CERTIFICATE")?[0])
    }

    /// The certificate as PEM.
    pub fn to_pem(&self) -> String {
        encode_pem("CERTIFICATE", self.der.clone())
    }

    /// The serial number in hexadecimal digits, without leading zero bytes, as openssl prints it.
    pub fn serial_hex(&self) -> String {
        serial_hex(&self.serial)
    }

    /// SHA-256 of the DER, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex::encode(digest::digest(&digest::SHA256, &self.der))
    }

    /// What renewal information calls it (RFC 9773 section 4.1): authority key identifier and serial
    /// number in base64url, joined by a dot.
    ///
    /// # Errors
    /// [`CertificateError::NoAuthorityKey`].
    pub fn ari_id(&self) -> Result<String, CertificateError> {
        let aki = self.aki.as_ref().ok_or(CertificateError::NoAuthorityKey)?;
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(format!("{}.{}", encode(aki), encode(&self.serial)))
    }

    /// Whether it certifies the public half of `key`.
    pub fn matches(&self, key: &PrivateKey) -> bool {
        self.public_bytes == key.public_bytes()
    }

    fn add(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(alt) => {
                self.names.extend(alt.general_names.iter().filter_map(host));
            }
            ParsedExtension::AuthorityKeyIdentifier(aki) => {
                self.aki = aki.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::SubjectKeyIdentifier(ski) => self.ski = Some(ski.0.to_vec()),
            ParsedExtension::CRLDistributionPoints(points) => self.crl_urls = crl_urls(points),
            ParsedExtension::AuthorityInfoAccess(access) => {
                self.ocsp_urls = access_urls(access, &OCSP);
                self.issuer_urls = access_urls(access, &CA_ISSUERS);
            }
            _ => {}
        }
    }
}

/// Its names, or its subject where it has none.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.is_empty() {
            true => f.write_str(&self.subject),
            false => f.write_str(&self.names.join(", ")),
        }
    }
}

/// The DER of every block `tag` of a PEM text: at least one.
pub(super) fn pem_blocks(text: &[u8], tag: &'static str) -> Result<Vec<Vec<u8>>, CertificateError> {
    let blocks = pem::parse_many(text).map_err(|error| CertificateError::Pem(error.to_string()))?;
    // The parser passes over a block that is cut off, as a download may leave it.
    let begun = text.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"-----BEGIN "));
    if blocks.len() < begun.count() {
        return Err(CertificateError::Pem("a block does not end".to_owned()));
    }
    let ders: Vec<Vec<u8>> = blocks
        .into_iter()
        .filter(|block| block.tag() == tag)
        .map(pem::Pem::into_contents)
        .collect();
    if ders.is_empty() { Err(CertificateError::NoBlock(tag)) } else { Ok(ders) }
}

/// The digits of a serial number's DER content.
pub(super) fn serial_hex(content: &[u8]) -> String {
    let first = content.iter().position(|byte| *byte != 0).unwrap_or(0);
    hex::encode(&content[first..])
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => ip_address(bytes).map(|ip| ip.to_string()),
        _ => None,
    }
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}

fn crl_urls(points: &CRLDistributionPoints<'_>) -> Vec<String> {
    let names = points.points.iter().filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    names.flatten().filter_map(url).collect()
}

fn access_urls(access: &AuthorityInfoAccess<'_>, method: &Oid<'_>) -> Vec<String> {
    let of_method = access.accessdescs.iter().filter(|one| one.access_method == *method);
    of_method.filter_map(|one| url(&one.access_location)).collect()
}

/// The certificate of RFC 9773, Appendix A.
#[cfg(test)]
pub(crate) const ARI_EXAMPLE: &str = "-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_9773_has_the_id_given_there() {
        let certificate = Certificate::first_from_pem(ARI_EXAMPLE).expect("reads");
        assert_eq!(certificate.ari_id().as_deref(), Ok("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
        assert_eq!(certificate.serial_hex(), "87654321");
        assert_eq!(certificate.subject, "CN=example.com");
        assert_eq!(certificate.issuer, "CN=Example CA");
        assert_eq!(certificate.key_kind, "P-256");
        assert_eq!(certificate.to_pem(), ARI_EXAMPLE);
        assert!(!certificate.is_ca && certificate.names.is_empty() && certificate.ski.is_none());
    }

    #[test]
    fn what_is_no_certificate_is_told_apart() {
        let message = |text: &str| Certificate::first_from_pem(text).expect_err("none").to_string();
        assert_eq!(message("hello"), "no CERTIFICATE in the PEM text");
        let key = encode_pem("PRIVATE KEY", vec![1, 2, 3]);
        assert_eq!(message(&key), "no CERTIFICATE in the PEM text");
        let cut_off = format!("{ARI_EXAMPLE}{}", &ARI_EXAMPLE[..100]);
        assert_eq!(message(&cut_off), "not PEM: a block does not end");
        let garbage = encode_pem("CERTIFICATE", vec![1, 2, 3]);
        assert!(message(&garbage).starts_with("not a certificate: "), "{}", message(&garbage));
        let mut der = Certificate::first_from_pem(ARI_EXAMPLE).expect("reads").der;
        der.push(0);
        let error = Certificate::from_der(&der).expect_err("a byte too many").to_string();
        assert_eq!(error, "not a certificate: 1 bytes follow after its end");
    }
}
