//! The roots, the intermediate, and what they sign: certificates and their revocation list.

use std::{fmt, time::Duration};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PublicKeyData, RevokedCertParams, SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate};

use super::{clock::Moment, identifier::Identifier, model::Revocation};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A certificate's serial number: random, positive, 18 bytes as Boulder's (RFC 5280 §4.1.2.2 allows
/// 20), so that its text is the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Serial([u8; 18]);

impl Serial {
    pub(super) fn random() -> Self {
        let mut bytes: [u8; 18] = rand::random();
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
        let mut bytes = [0; 18];
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

/// Signs certificates with an intermediate that two roots have signed.
pub(super) struct Issuer {
    intermediate: rcgen::Issuer<'static, KeyPair>,
    intermediate_der: Vec<u8>,
    key_identifier: Vec<u8>,
    name_id: i64,
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
    /// Makes the roots and the intermediate. The roots' keys are not kept: they sign nothing more.
    pub(super) fn new() -> Result<Self, rcgen::Error> {
        let (root, other) =
            (self_signed_root("coyote root")?, self_signed_root("coyote alternate root")?);
        let mut params = authority("coyote intermediate", BasicConstraints::Constrained(0));
        set_validity(&mut params, 5 * YEAR);
        params.use_authority_key_identifier_extension = true;
        let mut cross = params.clone();
        cross.serial_number = Some(SerialNumber::from_slice(&Serial::random().0));
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        let cross = cross.signed_by(intermediate.key(), &other)?.pem();
        let key = intermediate.key().serialize_pem();
        Self::from_pem(&[key, intermediate.pem(), root.pem(), cross, other.pem()].concat())
    }

    /// Reads what [`Self::to_pem`] wrote.
    pub(super) fn from_pem(text: &str) -> Result<Self, rcgen::Error> {
        let parts = pem::parse_many(text).map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let [key, intermediate, root, cross, other] = &parts[..] else {
            return Err(rcgen::Error::CouldNotParseCertificate);
        };
        let key = KeyPair::try_from(key.contents())?;
        let der = intermediate.contents().to_vec();
        let (_, x509) =
            X509Certificate::from_der(&der).map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let chain = |intermediate: &pem::Pem, root: &pem::Pem| Chain {
            intermediate_pem: leaf_pem(intermediate.contents()),
            root_pem: leaf_pem(root.contents()),
        };
        Ok(Self {
            key_identifier: subject_key_identifier(&x509)?,
            name_id: name_id(x509.subject().as_raw()),
            end: Moment::from_datetime(x509.validity().not_after.to_datetime()),
            intermediate: rcgen::Issuer::from_ca_cert_der(&der.as_slice().into(), key)?,
            chains: [chain(intermediate, root), chain(cross, other)],
            intermediate_der: der,
        })
    }

    /// Everything of it, the intermediate's key included, to sign with again.
    pub(super) fn to_pem(&self) -> String {
        let pems = self.chains.iter().flat_map(|chain| [&chain.intermediate_pem, &chain.root_pem]);
        pems.fold(self.intermediate.key().serialize_pem(), |text, pem| text + pem.as_str())
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
        &self.intermediate_der
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

    /// What Boulder calls an issuer in its tables (`issuerID`).
    pub(super) fn name_id(&self) -> i64 {
        self.name_id
    }

    /// The key identifier that its certificates have as that of their authority.
    pub(super) fn key_identifier(&self) -> &[u8] {
        &self.key_identifier
    }
}

fn subject_key_identifier(x509: &X509Certificate<'_>) -> Result<Vec<u8>, rcgen::Error> {
    let identifier = x509.extensions().iter().find_map(|ext| match ext.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    });
    identifier.ok_or(rcgen::Error::CouldNotParseCertificate)
}

/// As Boulder makes it of a subject's DER: the first seven bytes of its SHA-1, as a number.
fn name_id(subject: &[u8]) -> i64 {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, subject);
    hash.as_ref().iter().take(7).fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
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
        .push(DnType::CommonName, format!("{name} {}", hex::encode(&serial.0[14..])));
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
    use x509_parser::extensions::GeneralName;

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
    fn an_issuer_survives_text() {
        let issuer = Issuer::new().expect("keys");
        let again = Issuer::from_pem(&issuer.to_pem()).expect("its own text");
        assert_eq!(again.to_pem(), issuer.to_pem());
        assert_eq!(again.key_identifier(), issuer.key_identifier());
        assert!(Issuer::from_pem(issuer.root_pem()).is_err());
    }

    #[test]
    fn an_issuers_id_is_as_boulder_has_it() {
        // SHA-1 of "abc" begins with a9993e364706816a (FIPS 180-2, appendix A).
        assert_eq!(name_id(b"abc"), 0xa9_993e_3647_0681);
    }

    #[test]
    fn serials_survive_text() {
        let serial = Serial::random();
        assert_eq!(Serial::from_hex(&serial.to_string()), Some(serial));
        assert_eq!(serial.0[0] & 0xc0, 0x40);
        assert_eq!(Serial::from_hex("00"), None);
        assert_eq!(Serial::from_hex(&"z".repeat(36)), None);
    }

    #[test]
    fn a_lifetime_past_the_calendar_is_the_far_date() {
        let mut params = CertificateParams::default();
        let far = params.not_after;
        set_validity(&mut params, Duration::MAX);
        assert_eq!(params.not_after, far);
    }
}
