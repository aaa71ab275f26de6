//! A certificate's members as scripts see them.

use std::ops::Deref;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic};

use crate::pki::certificate;

/// A certificate; copying it copies a pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate(Rc<certificate::Certificate>);

impl Certificate {
    pub(in crate::host) fn new(read: certificate::Certificate) -> Self {
        Self(Rc::new(read))
    }
}

impl Deref for Certificate {
    type Target = certificate::Certificate;

    fn deref(&self) -> &certificate::Certificate {
        &self.0
    }
}

#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::pki::key::PrivateKey;
    use rhai::{Array, Blob, Dynamic, ImmutableString};

    /// The serial number in hexadecimal digits, as openssl and CRLs have it.
    #[rhai_fn(global, get = "serial", pure)]
    pub fn serial(certificate: &mut Certificate) -> String {
        certificate.serial_hex()
    }

    /// When it begins to be valid, in seconds since 1970.
    #[rhai_fn(global, get = "not_before", pure)]
    pub fn not_before(certificate: &mut Certificate) -> i64 {
        certificate.not_before
    }

    /// The last second in which it is valid, since 1970.
    #[rhai_fn(global, get = "not_after", pure)]
    pub fn not_after(certificate: &mut Certificate) -> i64 {
        certificate.not_after
    }

    /// Host names and IP addresses that it is for (`subjectAltName`), in its order.
    #[rhai_fn(global, get = "names", pure)]
    pub fn names(certificate: &mut Certificate) -> Array {
        super::array(&certificate.names)
    }

    /// The subject, such as `CN=a.example`; often empty.
    #[rhai_fn(global, get = "subject", pure)]
    pub fn subject(certificate: &mut Certificate) -> ImmutableString {
        certificate.subject.as_str().into()
    }

    /// The issuer, such as `CN=some CA, O=...`.
    #[rhai_fn(global, get = "issuer", pure)]
    pub fn issuer(certificate: &mut Certificate) -> ImmutableString {
        certificate.issuer.as_str().into()
    }

    /// Whether it may sign certificates.
    #[rhai_fn(global, get = "is_ca", pure)]
    pub fn is_ca(certificate: &mut Certificate) -> bool {
        certificate.is_ca
    }

    /// The authority key identifier in hexadecimal digits, or `()`.
    #[rhai_fn(global, get = "aki", pure)]
    pub fn aki(certificate: &mut Certificate) -> Dynamic {
        super::hex(certificate.aki.as_deref())
    }

    /// The subject key identifier in hexadecimal digits, or `()`.
    #[rhai_fn(global, get = "ski", pure)]
    pub fn ski(certificate: &mut Certificate) -> Dynamic {
        super::hex(certificate.ski.as_deref())
    }

    /// The kind of its key as `key::generate` takes it, or the OID of its algorithm.
    #[rhai_fn(global, get = "key_kind", pure)]
    pub fn key_kind(certificate: &mut Certificate) -> ImmutableString {
        certificate.key_kind.as_str().into()
    }

    /// Where the list is that would name it if it was revoked.
    #[rhai_fn(global, get = "crl_urls", pure)]
    pub fn crl_urls(certificate: &mut Certificate) -> Array {
        super::array(&certificate.crl_urls)
    }

    /// Where its OCSP responder is.
    #[rhai_fn(global, get = "ocsp_urls", pure)]
    pub fn ocsp_urls(certificate: &mut Certificate) -> Array {
        super::array(&certificate.ocsp_urls)
    }

    /// Where its issuer's certificate is.
    #[rhai_fn(global, get = "issuer_urls", pure)]
    pub fn issuer_urls(certificate: &mut Certificate) -> Array {
        super::array(&certificate.issuer_urls)
    }

    /// SHA-256 of the DER, in hexadecimal digits.
    #[rhai_fn(global, get = "fingerprint", pure)]
    pub fn fingerprint(certificate: &mut Certificate) -> String {
        certificate.fingerprint()
    }

    /// What renewal information and `replaces` call it (RFC 9773 section 4.1).
    ///
    /// Errors: `certificate` when it has no authority key identifier.
    #[rhai_fn(global, get = "ari_id", pure, return_raw)]
    pub fn ari_id(certificate: &mut Certificate) -> ScriptResult<String> {
        certificate.ari_id().map_err(|error| super::super::certificate_error(&error))
    }

    /// All of it as a blob.
    #[rhai_fn(global, get = "der", pure)]
    pub fn der(certificate: &mut Certificate) -> Blob {
        certificate.der.clone()
    }

    /// All of it as PEM text.
    ///
    /// # Example
    /// ```rhai
    /// let issued = acme::issue(acme::account(), [rand::domain()]);
    /// check::that("the first block", issued.pem.starts_with(x509::parse(issued.pem).pem()));
    /// ```
    #[rhai_fn(global, pure)]
    pub fn pem(certificate: &mut Certificate) -> String {
        certificate.to_pem()
    }

    /// Whether it certifies `key`.
    ///
    /// # Example
    /// ```rhai
    /// let issued = acme::issue(acme::account(), [rand::domain()]);
    /// check::that("ours", x509::parse(issued.pem).matches(issued.certificate_key));
    /// ```
    #[rhai_fn(global, pure)]
    pub fn matches(certificate: &mut Certificate, key: PrivateKey) -> bool {
        certificate.0.matches(&key)
    }

    /// Whether two are the same, bit by bit.
    ///
    /// # Example
    /// ```rhai
    /// let leaf = x509::parse(acme::issue(acme::account(), [rand::domain()]).pem);
    /// check::that("itself", leaf == x509::parse(leaf.der));
    /// ```
    #[rhai_fn(global, name = "==", pure)]
    pub fn equals(certificate: &mut Certificate, other: Certificate) -> bool {
        certificate.der == other.der
    }

    /// Whether two differ.
    ///
    /// # Example
    /// ```rhai
    /// let chain = x509::chain(acme::issue(acme::account(), [rand::domain()]).pem);
    /// check::that("leaf and issuer", chain[0] != chain[1]);
    /// ```
    #[rhai_fn(global, name = "!=", pure)]
    pub fn differs(certificate: &mut Certificate, other: Certificate) -> bool {
        certificate.der != other.der
    }
}

/// Its example has every property.
const DOC: &[&str] = &[
    "/// A certificate, read.",
    "///",
    "/// # Example",
    "/// ```rhai",
    "/// let pem = acme::issue(acme::account(), [rand::domain()]).pem;",
    "/// let leaf = x509::parse(pem);",
    "/// let issuer = x509::chain(pem)[1];",
    "/// check::that(\"its issuer's\", leaf.issuer == issuer.subject && leaf.aki == issuer.ski);",
    "/// check::that(\"a server's\", issuer.is_ca && !leaf.is_ca && leaf.names.len() == 1);",
    "/// check::that(\"a day or more\", leaf.not_after - leaf.not_before >= 86400);",
    "/// check::that(\"of a new key\", leaf.key_kind == \"P-256\" && leaf.ski != issuer.ski);",
    "/// check::that(\"digits\", leaf.serial != issuer.serial && leaf.fingerprint.len() == 64);",
    "/// check::that(\"what is hashed\", codec::hex(codec::sha256(leaf.der)) == leaf.fingerprint);",
    "/// check::that(\"base64url, twice\", leaf.ari_id.split(\".\").len() == 2);",
    "/// log::info(`revoked by ${leaf.crl_urls} or ${leaf.ocsp_urls}, issued by ${leaf.issuer_urls}`);",
    "/// ```",
];

/// Adds the type and its members to the `x509` module.
pub(super) fn add_to(module: &mut Module) {
    module.set_custom_type_with_comments::<Certificate>("Certificate", DOC);
    rhai::combine_with_exported_module!(module, "certificate", api);
}

fn array(texts: &[String]) -> Array {
    texts.iter().map(|text| text.as_str().into()).collect()
}

fn hex(bytes: Option<&[u8]>) -> Dynamic {
    bytes.map_or(Dynamic::UNIT, |bytes| hex::encode(bytes).into())
}
