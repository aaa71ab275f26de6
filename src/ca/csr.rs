//! Checks of the signing request that finalizes an order (RFC 8555 §7.4).

use std::{collections::BTreeSet, net::IpAddr};

use rcgen::SubjectPublicKeyInfo;
use x509_parser::{
    certification_request::X509CertificationRequest,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    public_key::PublicKey as CsrKey,
};

use super::{csr_form::Form, identifier::Identifier, jose::PublicKey};

const MIN_RSA_BITS: usize = 2048;

/// Why a signing request is refused (`badCSR`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the CSR {0}")]
pub(super) struct CsrError(String);

/// Checks the request `der` of an account with `account_key` for an order of `identifiers`, and
/// gives the key to certify.
pub(super) fn check(
    der: &[u8],
    identifiers: &[Identifier],
    account_key: &PublicKey,
) -> Result<SubjectPublicKeyInfo, CsrError> {
    let csr = match X509CertificationRequest::from_der(der) {
        Ok(([], csr)) => csr,
        Ok(_) => return fault("has bytes after its end"),
        Err(error) => return fault(format!("is not PKCS #10 in DER: {error}")),
    };
    let Some(form) = Form::read(der, csr.certification_request_info.raw) else {
        return fault("is not PKCS #10 in DER");
    };
    let spki = &csr.certification_request_info.subject_pki;
    if !form.has_good_algorithm() {
        return fault("is signed with an algorithm that is weak or unknown here");
    }
    if let Ok(CsrKey::RSA(rsa)) = spki.parsed()
        && rsa.key_size() < MIN_RSA_BITS
    {
        return fault(format!("has an RSA key of less than {MIN_RSA_BITS} bits"));
    }
    if csr.verify_signature().is_err() {
        return fault("has a signature that does not verify");
    }
    check_names(&csr, identifiers)?;
    // §11.1: an account key in a certificate would let whoever has its private key act for both.
    if account_key.to_spki_der().as_deref() == Some(spki.raw) {
        return fault("has the account's own key");
    }
    SubjectPublicKeyInfo::from_der(spki.raw)
        .or_else(|error| fault(format!("has a key of no use here: {error}")))
}

fn fault<T>(what: impl Into<String>) -> Result<T, CsrError> {
    Err(CsrError(what.into()))
}

/// The names of subject and SANs together must be those of the order, no more and no fewer.
fn check_names(
    csr: &X509CertificationRequest<'_>,
    identifiers: &[Identifier],
) -> Result<(), CsrError> {
    let mut names = BTreeSet::new();
    for common_name in csr.certification_request_info.subject.iter_common_name() {
        match common_name.as_str() {
            // Never an address: RFC 8738 §4 has those in SANs only.
            Ok(name) => names.insert(Identifier::Dns(name.to_ascii_lowercase())),
            Err(_) => return fault("has a common name that is not text"),
        };
    }
    for extension in csr.requested_extensions().into_iter().flatten() {
        match extension {
            ParsedExtension::SubjectAlternativeName(san) => {
                for name in &san.general_names {
                    names.insert(read_san(name)?);
                }
            }
            ParsedExtension::ParseError { .. } => {
                return fault("has an extension that cannot be read");
            }
            _ => {} // the CA decides on the rest
        }
    }
    let ordered: BTreeSet<&Identifier> = identifiers.iter().collect();
    if names.iter().eq(ordered.iter().copied()) {
        return Ok(());
    }
    let asked_for: Vec<_> = names.iter().map(Identifier::text).collect();
    let ordered: Vec<_> = ordered.into_iter().map(Identifier::text).collect();
    fault(format!("names {asked_for:?}, the order {ordered:?}"))
}

fn read_san(name: &GeneralName<'_>) -> Result<Identifier, CsrError> {
    match name {
        GeneralName::DNSName(name) => Ok(Identifier::Dns(name.to_ascii_lowercase())),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
            .map(Identifier::Ip)
            .or_else(|_| fault("has an IP address that has neither 4 nor 16 bytes")),
        _ => fault("asks for a SAN that is neither a DNS name nor an IP address"),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PublicKeyData};

    use super::*;
    use crate::ca::jose;

    /// A key that is none of the CSRs'.
    fn account_key() -> PublicKey {
        jose::test_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    }

    fn csr(common_name: &str, sans: &[&str], key: &KeyPair) -> Vec<u8> {
        let sans: Vec<String> = sans.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(sans).expect("names");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.serialize_request(key).expect("a CSR").der().to_vec()
    }

    fn check_for(der: &[u8], names: &[&str]) -> Result<SubjectPublicKeyInfo, CsrError> {
        let dns = |name: &&str| Identifier::Dns((*name).to_owned());
        check(der, &names.iter().map(dns).collect::<Vec<_>>(), &account_key())
    }

    #[test]
    fn gives_the_key_of_every_usable_kind() {
        for algorithm in
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        {
            let key = KeyPair::generate_for(algorithm).expect("a key");
            let found = check_for(&csr("A.com", &["*.B.com"], &key), &["*.b.com", "a.com"]);
            assert_eq!(found.expect("it is good").der_bytes(), key.der_bytes());
        }
    }

    #[test]
    fn an_address_belongs_into_sans() {
        let key = KeyPair::generate().expect("a key");
        let order = [
            Identifier::Dns("a.com".to_owned()),
            Identifier::Ip([127, 0, 0, 1].into()),
            Identifier::Ip("::1".parse().expect("an address")),
        ];
        let good = csr("a.com", &["::1", "127.0.0.1"], &key);
        check(&good, &order, &account_key()).expect("it names all three");
        let common = csr("127.0.0.1", &["a.com", "::1"], &key);
        check(&common, &order, &account_key()).expect_err("a common name is no address");
    }

    /// The signature covers most of it; its form is all that protects the rest.
    #[test]
    fn no_bit_can_be_another() {
        for algorithm in
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        {
            let key = KeyPair::generate_for(algorithm).expect("a key");
            let good = csr("a.com", &["a.com"], &key);
            check_for(&good, &["a.com"]).expect("it is good");
            for bit in 0..good.len() * 8 {
                let mut bad = good.clone();
                bad[bit / 8] ^= 1 << (bit % 8);
                assert!(check_for(&bad, &["a.com"]).is_err(), "bit {bit} of {good:02x?}");
            }
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let key = KeyPair::generate().expect("a key");
        let good = csr("a.com", &["a.com"], &key);
        let mut forged = good.clone();
        *forged.last_mut().expect("bytes") ^= 1;
        for (der, names, told) in [
            (b"x".to_vec(), ["a.com"], "not PKCS #10"),
            ([&good[..], b"x"].concat(), ["a.com"], "after its end"),
            (forged, ["a.com"], "does not verify"),
            (good, ["b.com"], "the order [\"b.com\"]"),
            (csr("a.com", &["127.0.0.1"], &key), ["a.com"], "[\"a.com\", \"127.0.0.1\"]"),
        ] {
            let error = check_for(&der, &names).expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
