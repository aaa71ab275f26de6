//! TLS-ALPN-01 (RFC 8737, and RFC 8738 for IP addresses): a self-signed certificate that only a
//! server which expects the validation shows.

use std::{fmt::Write, net::IpAddr};

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::future::BoxFuture;
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    oid_registry::{Oid, asn1_rs::oid},
    prelude::FromDer,
};

use super::{Attempt, Perspective, Validator, tls};
use crate::ca::{identifier::Identifier, problem::Problem};

/// id-pe-acmeIdentifier (RFC 8737 §6.1).
const ACME_IDENTIFIER: Oid<'static> = oid!(1.3.6.1.5.5.7.1.31);
/// The extension's value is an OCTET STRING of 32 bytes.
const DIGEST_HEADER: [u8; 2] = [0x04, 32];

pub(super) struct TlsAlpn01;

impl Validator for TlsAlpn01 {
    fn challenge_type(&self) -> &'static str {
        "tls-alpn-01"
    }

    /// One host answering says nothing of all hosts below a name.
    fn offers(&self, identifier: &Identifier, perspective: &Perspective) -> bool {
        perspective.tls_port.is_some() && !identifier.is_wildcard()
    }

    fn validate<'a>(
        &'a self,
        perspective: &'a Perspective,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(validate(perspective, attempt))
    }
}

async fn validate(perspective: &Perspective, attempt: &Attempt) -> Result<(), Problem> {
    let name = server_name(&attempt.name);
    let stream = tls::handshake(perspective, &attempt.name, &name, &perspective.tls_alpn).await?;
    if stream.get_ref().1.alpn_protocol() != Some(tls::ACME_TLS_1) {
        let detail = format!("the server for {name} did not agree on the protocol acme-tls/1");
        return Err(Problem::unauthorized(detail));
    }
    check(tls::certificate(&stream)?, &attempt.name, &attempt.key_authorization)
        .map_err(|fault| Problem::unauthorized(format!("the certificate for {name} {fault}")))
}

/// What the server is asked for: the name, or the address as reverse DNS writes it (RFC 8738 §6).
fn server_name(name: &str) -> String {
    match name.parse() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(ip)) => {
            let mut reversed = String::with_capacity(72);
            for byte in ip.octets().iter().rev() {
                // Writing to a string cannot fail.
                let _ = write!(reversed, "{:x}.{:x}.", byte & 0xf, byte >> 4);
            }
            reversed + "ip6.arpa"
        }
        Err(_) => name.to_owned(),
    }
}

/// What RFC 8737 §3 asks of the certificate; the error says what is wrong with it.
fn check(der: &[u8], name: &str, key_authorization: &str) -> Result<(), String> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|error| format!("cannot be read: {error}"))?;
    if certificate.subject().as_raw() != certificate.issuer().as_raw()
        || certificate.verify_signature(None).is_err()
    {
        return Err("is not self-signed".to_owned());
    }
    check_names(&certificate, name)?;
    let extension = certificate
        .get_extension_unique(&ACME_IDENTIFIER)
        .map_err(|_| "has more than one acmeIdentifier extension".to_owned())?
        .ok_or("has no acmeIdentifier extension")?;
    if !extension.critical {
        return Err("has an acmeIdentifier extension that is not critical".to_owned());
    }
    let wanted = digest(&SHA256, key_authorization.as_bytes());
    if extension.value.strip_prefix(&DIGEST_HEADER) != Some(wanted.as_ref()) {
        return Err(format!(
            "has the acmeIdentifier {}, not the SHA-256 of the key authorization, {}",
            hex::encode(extension.value),
            hex::encode([&DIGEST_HEADER[..], wanted.as_ref()].concat()),
        ));
    }
    Ok(())
}

/// Exactly one SAN, of the identifier's kind.
fn check_names(certificate: &X509Certificate<'_>, name: &str) -> Result<(), String> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|error| format!("has SANs that cannot be read: {error}"))?
        .map(|extension| extension.value.general_names.as_slice())
        .unwrap_or_default();
    let right = match (names, name.parse()) {
        ([GeneralName::IPAddress(bytes)], Ok(IpAddr::V4(ip))) => *bytes == ip.octets(),
        ([GeneralName::IPAddress(bytes)], Ok(IpAddr::V6(ip))) => *bytes == ip.octets(),
        ([GeneralName::DNSName(found)], Err(_)) => found.eq_ignore_ascii_case(name),
        _ => false,
    };
    if right {
        return Ok(());
    }
    let found: Vec<String> = names.iter().map(ToString::to_string).collect();
    Err(format!("has the SANs {found:?}, not the one SAN {name:?}"))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CustomExtension, KeyPair};

    use super::*;

    fn certificate(names: &[&str], extensions: Vec<CustomExtension>) -> Vec<u8> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.custom_extensions = extensions;
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").der().to_vec()
    }

    fn acme(key_authorization: &str) -> CustomExtension {
        let digest = digest(&SHA256, key_authorization.as_bytes());
        CustomExtension::new_acme_identifier(digest.as_ref())
    }

    #[test]
    fn a_good_certificate_is_good() {
        for name in ["a.com", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(check(&certificate(&[name], vec![acme("t.k")]), name, "t.k"), Ok(()));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let mut lax = acme("t.k");
        lax.set_criticality(false);
        let issued = {
            let key = KeyPair::generate().expect("a key");
            let issuer = rcgen::CertifiedIssuer::self_signed(CertificateParams::default(), key)
                .expect("an issuer");
            let mut params = CertificateParams::new(vec!["a.com".to_owned()]).expect("a name");
            params.custom_extensions = vec![acme("t.k")];
            let key = KeyPair::generate().expect("a key");
            params.signed_by(&key, &issuer).expect("a certificate").der().to_vec()
        };
        for (der, told) in [
            (b"x".to_vec(), "cannot be read"),
            (issued, "not self-signed"),
            (certificate(&["b.com"], vec![acme("t.k")]), "SANs"),
            (certificate(&["192.0.2.1"], vec![acme("t.k")]), "SANs"),
            (certificate(&["a.com", "b.com"], vec![acme("t.k")]), "SANs"),
            (certificate(&[], vec![acme("t.k")]), "SANs"),
            (certificate(&["a.com"], vec![]), "no acmeIdentifier"),
            (certificate(&["a.com"], vec![acme("t.k"), acme("t.k")]), "more than one"),
            (certificate(&["a.com"], vec![lax]), "not critical"),
            (certificate(&["a.com"], vec![acme("t.other")]), "not the SHA-256"),
        ] {
            let fault = check(&der, "a.com", "t.k").expect_err(told);
            assert!(fault.contains(told), "{fault}");
        }
    }

    #[test]
    fn addresses_are_asked_for_by_their_reverse_names() {
        assert_eq!(server_name("a.com"), "a.com");
        assert_eq!(server_name("192.0.2.10"), "10.2.0.192.in-addr.arpa");
        let zeros = "0.".repeat(23);
        assert_eq!(server_name("2001:db8::1"), format!("1.{zeros}8.b.d.0.1.0.0.2.ip6.arpa"));
    }
}
