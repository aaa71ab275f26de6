//! The root, the intermediate, and the certificates they sign.

use std::{fmt, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use time::OffsetDateTime;

use super::identifier::Identifier;

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A certificate's serial number: random, positive, 16 bytes (RFC 5280 §4.1.2.2 allows 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Serial([u8; 16]);

impl Serial {
    pub(super) fn random() -> Self {
        let mut bytes: [u8; 16] = rand::random();
        // The first bit makes DER integers negative; the second, set, keeps all of one length.
        bytes[0] = (bytes[0] & 0x7f) | 0x40;
        Self(bytes)
    }

    /// Reads what [`fmt::Display`] wrote.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self(bytes))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Signs certificates with an intermediate made at the start.
pub(super) struct Issuer {
    intermediate: CertifiedIssuer<'static, KeyPair>,
    intermediate_pem: String,
    root_pem: String,
    lifetime: Duration,
}

impl Issuer {
    /// Makes a root and an intermediate; certificates will be valid for `lifetime`.
    pub(super) fn new(lifetime: Duration) -> Result<Self, rcgen::Error> {
        let root = self_signed_root("coyote root")?;
        let mut params = authority("coyote intermediate", BasicConstraints::Constrained(0));
        set_validity(&mut params, 5 * YEAR);
        params.use_authority_key_identifier_extension = true;
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        Ok(Self {
            intermediate_pem: intermediate.pem(),
            root_pem: root.pem(),
            intermediate,
            lifetime,
        })
    }

    /// Signs a certificate (DER) of `key` for `identifiers`.
    pub(super) fn sign(
        &self,
        serial: Serial,
        identifiers: &[Identifier],
        key: &impl PublicKeyData,
    ) -> Result<Vec<u8>, rcgen::Error> {
        let names = identifiers.iter().map(|identifier| identifier.as_str().to_owned());
        let params = server_params(names.collect::<Vec<_>>(), serial, self.lifetime)?;
        Ok(params.signed_by(key, &self.intermediate)?.der().to_vec())
    }

    /// The certificate `der` and the intermediate in PEM, as clients download them (§7.4.2).
    pub(super) fn chain_pem(&self, der: &[u8]) -> String {
        let line_ending = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let leaf = pem::encode_config(&pem::Pem::new("CERTIFICATE", der), line_ending);
        leaf + self.intermediate_pem.as_str()
    }

    pub(super) fn intermediate_der(&self) -> &[u8] {
        self.intermediate.der()
    }

    pub(super) fn intermediate_pem(&self) -> &str {
        &self.intermediate_pem
    }

    pub(super) fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// A new root called `name` and a few random digits: two runs' roots are told apart by eye.
pub(super) fn self_signed_root(
    name: &str,
) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = authority(name, BasicConstraints::Unconstrained);
    set_validity(&mut params, 10 * YEAR);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// A server's certificate for `names` (host names or IP addresses).
pub(super) fn server_params(
    names: Vec<String>,
    serial: Serial,
    lifetime: Duration,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    // A common name is long since no more than a copy of a SAN; without it the SANs are critical.
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    params.is_ca = IsCa::ExplicitNoCa; // which also adds the subject key identifier
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    set_validity(&mut params, lifetime);
    Ok(params)
}

fn authority(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    let serial = Serial::random();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{name} {}", hex::encode(&serial.0[12..])));
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn set_validity(params: &mut CertificateParams, lifetime: Duration) {
    params.not_before = OffsetDateTime::now_utc();
    // RFC 5280 §4.1.2.5 counts both ends in, hence the second less. A date past the calendar's end
    // stays at the far date that rcgen has as its default.
    if let Some(end) = time::Duration::try_from(lifetime.saturating_sub(Duration::from_secs(1)))
        .ok()
        .and_then(|lifetime| params.not_before.checked_add(lifetime))
    {
        params.not_after = end;
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    #[test]
    fn signs_what_was_asked_for() {
        let issuer = Issuer::new(Duration::from_secs(24 * 3600)).expect("keys");
        let (serial, key) = (Serial::random(), KeyPair::generate().expect("a key"));
        let names = [Identifier::Dns("a.com".to_owned()), Identifier::Dns("*.b.com".to_owned())];
        let der = issuer.sign(serial, &names, &key).expect("a certificate");
        let (_, leaf) = X509Certificate::from_der(&der).expect("DER");
        assert_eq!(leaf.raw_serial(), serial.0);
        let validity = leaf.validity();
        assert_eq!(validity.not_after.timestamp() - validity.not_before.timestamp(), 24 * 3600 - 1);
        let san = leaf.subject_alternative_name().expect("one SAN extension").expect("present");
        assert_eq!(san.value.general_names.len(), 2);
        assert!(!leaf.is_ca());
    }

    #[test]
    fn serials_survive_text() {
        let serial = Serial::random();
        assert_eq!(Serial::from_hex(&serial.to_string()), Some(serial));
        assert_eq!(serial.0[0] & 0xc0, 0x40);
        assert_eq!(Serial::from_hex("00"), None);
        assert_eq!(Serial::from_hex(&"z".repeat(32)), None);
    }

    #[test]
    fn a_lifetime_past_the_calendar_is_the_far_date() {
        let mut params = CertificateParams::default();
        let far = params.not_after;
        set_validity(&mut params, Duration::MAX);
        assert_eq!(params.not_after, far);
    }
}
