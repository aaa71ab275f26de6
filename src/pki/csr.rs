//! Certificate signing requests (PKCS#10, RFC 2986), right ones and wrong ones.

use std::net::IpAddr;

use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, PublicKeyData, SanType,
    SignatureAlgorithm, SigningKey,
};
use rsa::pkcs8::der::asn1::{AnyRef, BitStringRef};
use rsa::pkcs8::der::{self, Encode, Tag};
use rsa::pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

pub use super::csr_content::{CsrContent, parse};
use super::key::{KeyError, PrivateKey};
use crate::jose::alg::Alg;

const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
/// The TLS feature extension (RFC 7633) with `status_request`: "must staple".
const TLS_FEATURE: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 24];
const STATUS_REQUEST: [u8; 5] = [0x30, 3, 2, 1, 5];

/// Why a request cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsrError {
    /// A name that the encoding cannot hold.
    #[error("`{0}` cannot stand in a request: names are ASCII, write others in punycode (xn--...)")]
    Name(String),
    /// The library could not write it.
    #[error("the request cannot be made: {0}")]
    Make(String),
    /// The key could not sign it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is not a request.
    #[error("not a certificate signing request: {0}")]
    Parse(String),
}

/// How a request is signed.
#[derive(Debug, Clone, Default)]
pub enum CsrSignature {
    /// By its own key, as it has to be.
    #[default]
    Right,
    /// By its own key, with one bit turned over.
    Corrupt,
    /// By its own RSA key with SHA-1, which the web's PKI has given up.
    Sha1,
    /// By another key.
    By(PrivateKey),
}

/// What a request asks for. Nothing is checked: an empty request can be made too.
#[derive(Debug, Clone, Default)]
pub struct CsrParams {
    /// DNS names for the `subjectAltName` extension.
    pub names: Vec<String>,
    /// IP addresses for it.
    pub ips: Vec<IpAddr>,
    /// Mail addresses for it.
    pub emails: Vec<String>,
    /// URIs for it.
    pub uris: Vec<String>,
    /// The subject's common name; without it the subject is empty.
    pub cn: Option<String>,
    /// Whether to ask for "must staple" (RFC 7633).
    pub must_staple: bool,
    /// How it is signed.
    pub signature: CsrSignature,
}

impl CsrParams {
    /// Makes the request for `key` as DER.
    ///
    /// # Errors
    /// [`CsrError`].
    pub fn create(&self, key: &PrivateKey) -> Result<Vec<u8>, CsrError> {
        let subject = Subject { key, signature: &self.signature };
        let request = self
            .certificate_params()?
            .serialize_request(&subject)
            .map_err(|error| CsrError::Make(error.to_string()))?;
        match self.signature {
            CsrSignature::Sha1 => sign_again_with_sha1(request.der(), key),
            _ => Ok(request.der().to_vec()),
        }
    }

    fn certificate_params(&self) -> Result<CertificateParams, CsrError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        if let Some(cn) = &self.cn {
            params.distinguished_name.push(DnType::CommonName, cn.as_str());
        }
        let ascii = |name: &String| {
            name.as_str().try_into().map_err(|_: rcgen::Error| CsrError::Name(name.clone()))
        };
        let alt_names = &mut params.subject_alt_names;
        for name in &self.names {
            alt_names.push(SanType::DnsName(ascii(name)?));
        }
        alt_names.extend(self.ips.iter().copied().map(SanType::IpAddress));
        for email in &self.emails {
            alt_names.push(SanType::Rfc822Name(ascii(email)?));
        }
        for uri in &self.uris {
            alt_names.push(SanType::URI(ascii(uri)?));
        }
        if self.must_staple {
            let extension = CustomExtension::from_oid_content(&TLS_FEATURE, STATUS_REQUEST.into());
            params.custom_extensions.push(extension);
        }
        Ok(params)
    }
}

/// The key of a request, and how it signs.
struct Subject<'a> {
    key: &'a PrivateKey,
    signature: &'a CsrSignature,
}

impl PublicKeyData for Subject<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key.der_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.key.algorithm()
    }
}

impl SigningKey for Subject<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self.signature {
            CsrSignature::Right => SigningKey::sign(self.key, message),
            CsrSignature::By(other) => SigningKey::sign(other, message),
            CsrSignature::Corrupt => {
                let mut signature = SigningKey::sign(self.key, message)?;
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
                Ok(signature)
            }
            // It is signed again afterwards, because rcgen cannot name SHA-1.
            CsrSignature::Sha1 => Ok(Vec::new()),
        }
    }
}

/// Keeps what a request asks for and signs that with SHA-1 instead.
fn sign_again_with_sha1(request: &[u8], key: &PrivateKey) -> Result<Vec<u8>, CsrError> {
    let (_, request) = X509CertificationRequest::from_der(request)
        .map_err(|error| CsrError::Parse(error.to_string()))?;
    let info = request.certification_request_info.raw;
    let signature = key.sign(Alg::Rs1, info)?;
    let assemble = || -> der::Result<Vec<u8>> {
        let algorithm =
            AlgorithmIdentifierRef { oid: SHA1_WITH_RSA, parameters: Some(AnyRef::NULL) };
        let signature = BitStringRef::from_bytes(&signature)?;
        let content = [info, &algorithm.to_der()?, &signature.to_der()?].concat();
        AnyRef::new(Tag::Sequence, &content)?.to_der()
    };
    assemble().map_err(|error| CsrError::Make(error.to_string()))
}

/// A request's DER as PEM (`CERTIFICATE REQUEST`, RFC 7468 section 7), whatever the bytes are.
pub fn to_pem(der: Vec<u8>) -> String {
    super::key_format::encode_pem("CERTIFICATE REQUEST", der)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::process::{Command, Stdio};

    use super::*;

    fn key(kind: &str) -> PrivateKey {
        PrivateKey::generate(kind.parse().expect("kind")).expect("generates")
    }

    /// What `openssl req -verify -text` says about `der`, and whether the signature is right.
    fn openssl(der: &[u8]) -> (bool, String) {
        let mut child = Command::new("openssl")
            .args(["req", "-verify", "-noout", "-text", "-inform", "DER"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl is installed");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(der).expect("openssl reads");
        drop(stdin);
        let output = child.wait_with_output().expect("openssl ends");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (text.contains("verify OK"), text)
    }

    fn full() -> CsrParams {
        CsrParams {
            names: vec!["a.example".into(), "*.b.example".into()],
            ips: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            emails: vec!["x@a.example".into()],
            uris: vec!["urn:x".into()],
            cn: Some("a.example".into()),
            must_staple: true,
            signature: CsrSignature::Right,
        }
    }

    #[test]
    fn openssl_accepts_every_kind_of_key() {
        for kind in ["P-256", "P-384", "Ed25519", "RSA-2048", "RSA-1024"] {
            let der = full().create(&key(kind)).expect("makes");
            let (right, text) = openssl(&der);
            assert!(right, "{kind}: {text}");
            assert!(text.contains("DNS:*.b.example") && text.contains("status_request"), "{text}");
            assert_eq!(parse(&der).expect("reads").key_kind, kind);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let params = full();
        let content = parse(&params.create(&key("P-256")).expect("makes")).expect("reads");
        let want = CsrContent {
            cn: params.cn,
            names: params.names,
            ips: params.ips,
            emails: params.emails,
            uris: params.uris,
            key_kind: "P-256".into(),
        };
        assert_eq!(content, want);
        let empty = CsrParams::default().create(&key("P-256")).expect("makes");
        let want = CsrContent { key_kind: "P-256".into(), ..CsrContent::default() };
        assert_eq!(parse(&empty), Ok(want));
    }

    #[test]
    fn wrong_signatures_are_wrong() {
        for signature in [CsrSignature::Corrupt, CsrSignature::By(key("P-256"))] {
            let der = CsrParams { signature, ..full() }.create(&key("P-256")).expect("makes");
            assert!(parse(&der).is_ok());
            assert!(!openssl(&der).0);
        }
    }

    #[test]
    fn sha1_is_for_rsa() {
        let params = CsrParams { signature: CsrSignature::Sha1, ..full() };
        let (_, text) = openssl(&params.create(&key("RSA-2048")).expect("makes"));
        assert!(text.contains("sha1WithRSAEncryption"), "{text}");
        let error = params.create(&key("P-256")).expect_err("refused");
        assert_eq!(error.to_string(), "a P-256 key cannot sign with RS1");
    }

    #[test]
    fn names_must_be_ascii() {
        let params = CsrParams { names: vec!["ä.example".into()], ..CsrParams::default() };
        assert_eq!(params.create(&key("P-256")), Err(CsrError::Name("ä.example".into())));
    }
}
