//! Private keys as PEM: PKCS#8 out; PKCS#8, SEC1 and PKCS#1 in.

use rcgen::PublicKeyData;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, ObjectIdentifier, PrivateKeyInfo};

use super::key::{KeyError, KeyKind, PrivateKey};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

impl PrivateKey {
    /// Reads the first private key in `text`: PKCS#8 (`PRIVATE KEY`), SEC1 (`EC PRIVATE KEY`) or
    /// PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// [`KeyError::Parse`]; encrypted keys are not read.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let blocks = pem::parse_many(text).map_err(KeyError::parse)?;
        let key = blocks.iter().find(|block| block.tag().ends_with("PRIVATE KEY"));
        let key = key.ok_or_else(|| KeyError::parse("no PRIVATE KEY block in the PEM"))?;
        match key.tag() {
            "PRIVATE KEY" => Self::from_pkcs8_der(key.contents()),
            "EC PRIVATE KEY" => Self::from_sec1_der(key.contents()),
            "RSA PRIVATE KEY" => Self::from_pkcs1_der(key.contents()),
            tag => Err(KeyError::Parse(format!(
                "it is a {tag}; convert it with `openssl pkcs8 -topk8 -nocrypt`"
            ))),
        }
    }

    /// Reads PKCS#8 DER (RFC 5958), whatever the kind of key in it.
    ///
    /// # Errors
    /// [`KeyError::Parse`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfo::try_from(der).map_err(KeyError::parse)?;
        match info.algorithm.oid {
            RSA_ENCRYPTION => Self::from_rsa_der(der),
            ED25519 => Self::from_ed25519_der(der),
            EC_PUBLIC_KEY => match info.algorithm.parameters_oid() {
                Ok(P256) => Self::from_ec_der(KeyKind::P256, der),
                Ok(P384) => Self::from_ec_der(KeyKind::P384, der),
                Ok(curve) => Err(KeyError::Parse(format!("unsupported curve {curve}"))),
                Err(error) => Err(KeyError::parse(error)),
            },
            oid => Err(KeyError::Parse(format!("unsupported key type {oid}"))),
        }
    }

    /// SEC1 may leave the curve out, so each is tried.
    fn from_sec1_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_ec_der(KeyKind::P256, der).or_else(|_| Self::from_ec_der(KeyKind::P384, der))
    }

    fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_pkcs1_der(der).map_err(KeyError::parse)?;
        Self::from_rsa_key(&key)
    }

    /// An RSA key that the `rsa` crate has read; aws-lc-rs takes it over unless it refuses.
    pub(crate) fn from_rsa_key(key: &RsaPrivateKey) -> Result<Self, KeyError> {
        let der = key.to_pkcs8_der().map_err(KeyError::parse)?;
        Self::from_rsa_der(der.as_bytes())
    }

    /// The key as PKCS#8 PEM.
    ///
    /// # Errors
    /// As [`PrivateKey::pkcs8_der`].
    pub fn to_pem(&self) -> Result<String, KeyError> {
        Ok(encode_pem("PRIVATE KEY", self.pkcs8_der()?))
    }

    /// The public key as PEM of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
    pub fn public_pem(&self) -> String {
        encode_pem("PUBLIC KEY", self.subject_public_key_info())
    }
}

/// PEM with the line ends that every platform reads.
pub(crate) fn encode_pem(tag: &str, der: Vec<u8>) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(tag, der), config)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    /// Runs openssl with `input` and gives what it prints.
    fn openssl(arguments: &str, input: &str) -> String {
        let mut child = Command::new("openssl")
            .args(arguments.split(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).expect("openssl reads");
        drop(stdin);
        let output = child.wait_with_output().expect("openssl ends");
        assert!(output.status.success(), "openssl {arguments}");
        String::from_utf8(output.stdout).expect("PEM is text")
    }

    /// Reads `pem` as made by openssl, and lets openssl read what we write.
    fn round_trip(pem: &str, kind: KeyKind) {
        let key = PrivateKey::from_pem(pem).expect("reads");
        assert_eq!(key.kind(), kind);
        let public = openssl("pkey -pubout", pem);
        assert_eq!(key.public_pem(), public);
        assert_eq!(openssl("pkey -pubout", &key.to_pem().expect("writes")), public);
    }

    #[test]
    fn openssl_keys_round_trip() {
        let p256 = openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "");
        assert!(p256.contains("BEGIN PRIVATE KEY"));
        round_trip(&p256, KeyKind::P256);
        let sec1 = openssl("ecparam -name secp384r1 -genkey", "");
        assert!(sec1.contains("EC PARAMETERS") && sec1.contains("BEGIN EC PRIVATE KEY"));
        round_trip(&sec1, KeyKind::P384);
        round_trip(&openssl("genpkey -algorithm ED25519", ""), KeyKind::Ed25519);
        let pkcs1 = openssl("genrsa -traditional 2048", "");
        assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY"));
        round_trip(&pkcs1, KeyKind::Rsa(2048));
        round_trip(&openssl("genrsa 1024", ""), KeyKind::Rsa(1024));
    }

    #[test]
    fn unusable_pem_is_explained() {
        let message = |pem: &str| PrivateKey::from_pem(pem).expect_err("refused").to_string();
        assert!(message("nonsense").ends_with("no PRIVATE KEY block in the PEM"));
        let encrypted = openssl("genpkey -algorithm ED25519 -aes256 -pass pass:x", "");
        assert!(message(&encrypted).contains("openssl pkcs8 -topk8 -nocrypt"));
        let x25519 = openssl("genpkey -algorithm X25519", "");
        assert!(message(&x25519).contains("unsupported key type 1.3.101.110"));
        let p521 = openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "");
        assert!(message(&p521).contains("unsupported curve 1.3.132.0.35"));
    }
}
