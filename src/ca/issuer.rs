//! The roots, the intermediate, and what they sign: certificates and their revocation list.

use std::{fmt, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PublicKeyData, RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;

use super::{clock::Moment, identifier::Identifier, model::Revocation};

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

    /// Reads the content of a DER integer.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The content of its DER integer.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
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

/// How many chains every certificate has: the default one and an alternate (§7.4.2).
pub(super) const CHAINS: usize = 2;

/// Signs certificates with an intermediate made at the start, which two roots have signed.
pub(super) struct Issuer {
    intermediate: CertifiedIssuer<'static, KeyPair>,
    key_identifier: Vec<u8>,
    /// The last second of the intermediate's validity.
    end: Moment,
    chains: [Chain; CHAINS],
}

/// One way from the intermediate's key to a root.
struct Chain {
    intermediate_pem: String,
    root_pem: String,
}

/// What a certificate is to say.
pub(super) struct Leaf<'a> {
    pub(super) serial: Serial,
    pub(super) identifiers: &'a [Identifier],
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
    /// Where its revocation will be told.
    pub(super) crl_url: String,
}

impl Issuer {
    /// Makes the roots and the intermediate.
    pub(super) fn new() -> Result<Self, rcgen::Error> {
        let (root, other) =
            (self_signed_root("coyote root")?, self_signed_root("coyote alternate root")?);
        let mut params = authority("coyote intermediate", BasicConstraints::Constrained(0));
        set_validity(&mut params, 5 * YEAR);
        params.use_authority_key_identifier_extension = true;
        let end = Moment::from_datetime(params.not_after);
        let mut cross = params.clone();
        cross.serial_number = Some(SerialNumber::from_slice(&Serial::random().0));
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        let chain = Chain { intermediate_pem: intermediate.pem(), root_pem: root.pem() };
        let alternate = Chain {
            intermediate_pem: cross.signed_by(intermediate.key(), &other)?.pem(),
            root_pem: other.pem(),
        };
        Ok(Self {
            key_identifier: cross.key_identifier(intermediate.key()),
            intermediate,
            end,
            chains: [chain, alternate],
        })
    }

    /// Signs a certificate (DER) of `key`.
    pub(super) fn sign(
        &self,
        leaf: Leaf<'_>,
        key: &impl PublicKeyData,
    ) -> Result<Vec<u8>, rcgen::Error> {
        let names = leaf.identifiers.iter().map(|identifier| identifier.text().into_owned());
        let mut params = server_params(names.collect::<Vec<_>>(), leaf.serial, Duration::ZERO)?;
        (params.not_before, params.not_after) = (leaf.not_before, leaf.not_after);
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![leaf.crl_url] }];
        Ok(params.signed_by(key, &self.intermediate)?.der().to_vec())
    }

    /// Signs the list (DER) number `number` of all that is revoked (RFC 5280 §5).
    pub(super) fn sign_crl(
        &self,
        number: u64,
        revoked: &[(Serial, Revocation)],
        lifetime: Duration,
    ) -> Result<Vec<u8>, rcgen::Error> {
        let this_update = OffsetDateTime::now_utc();
        let entry = |(serial, revocation): &(Serial, Revocation)| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&serial.0),
            revocation_time: revocation.at.to_datetime(),
            reason_code: Some(revocation.reason), // "unspecified" is left out, as §5.3.1 wants it
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update,
            next_update: this_update + lifetime,
            crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.intermediate)?.der().to_vec())
    }

    /// The certificate `der` and the intermediate in PEM, as clients download them (§7.4.2); none
    /// unless `chain` is below [`CHAINS`].
    pub(super) fn chain_pem(&self, der: &[u8], chain: usize) -> Option<String> {
        Some(leaf_pem(der) + self.chains.get(chain)?.intermediate_pem.as_str())
    }

    /// The last second that a certificate can be valid: its authority's own.
    pub(super) fn end(&self) -> Moment {
        self.end
    }

    pub(super) fn intermediate_der(&self) -> &[u8] {
        self.intermediate.der()
    }

    pub(super) fn intermediate_pem(&self) -> &str {
        &self.chains[0].intermediate_pem
    }

    /// The root that the default chain leads to.
    pub(super) fn root_pem(&self) -> &str {
        &self.chains[0].root_pem
    }

    /// The root that the alternate chain leads to.
    pub(super) fn alternate_root_pem(&self) -> &str {
        &self.chains[1].root_pem
    }

    /// The key identifier that its certificates have as that of their authority.
    pub(super) fn key_identifier(&self) -> &[u8] {
        &self.key_identifier
    }
}

/// The certificate `der` in PEM.
pub(super) fn leaf_pem(der: &[u8]) -> String {
    let line_ending = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), line_ending)
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
    use time::macros::datetime;
    use x509_parser::{
        extensions::GeneralName,
        prelude::{FromDer, ParsedExtension, X509Certificate},
    };

    use super::*;

    #[test]
    fn signs_what_was_asked_for() {
        let issuer = Issuer::new().expect("keys");
        let (serial, key) = (Serial::random(), KeyPair::generate().expect("a key"));
        let names = [
            Identifier::Dns("*.b.com".to_owned()),
            Identifier::Ip([127, 0, 0, 1].into()),
            Identifier::Ip("::1".parse().expect("an address")),
        ];
        let wanted = Leaf {
            serial,
            identifiers: &names,
            not_before: datetime!(2030-01-01 00:00:00 UTC),
            not_after: datetime!(2030-01-01 23:59:59 UTC),
            crl_url: "http://a.com/crl".to_owned(),
        };
        let der = issuer.sign(wanted, &key).expect("a certificate");
        let (_, leaf) = X509Certificate::from_der(&der).expect("DER");
        assert_eq!(leaf.raw_serial(), serial.as_slice());
        let validity = leaf.validity();
        assert_eq!(validity.not_after.timestamp() - validity.not_before.timestamp(), 24 * 3600 - 1);
        let san = leaf.subject_alternative_name().expect("one SAN extension").expect("present");
        assert_eq!(
            san.value.general_names,
            [
                GeneralName::DNSName("*.b.com"),
                GeneralName::IPAddress(&[127, 0, 0, 1]),
                GeneralName::IPAddress(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ]
        );
        assert!(!leaf.is_ca());
        let authority = leaf.extensions().iter().find_map(|ext| match ext.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref(),
            _ => None,
        });
        assert_eq!(authority.map(|id| id.0), Some(issuer.key_identifier()));
    }

    #[test]
    fn two_chains_share_the_key_only() {
        let issuer = Issuer::new().expect("keys");
        assert_ne!(issuer.root_pem(), issuer.alternate_root_pem());
        assert_ne!(issuer.chain_pem(b"x", 0), issuer.chain_pem(b"x", 1));
        assert_eq!(issuer.chain_pem(b"x", CHAINS), None);
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
