//! From an order to a certificate, and what others say of it.

use std::{path::PathBuf, process::Command};

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::client::{Client, base64url};

/// A CSR in DER for `names`, with a P-256 key of its own.
pub(crate) fn csr(names: &[&str]) -> Vec<u8> {
    csr_by(&KeyPair::generate().expect("a key"), names)
}

/// A CSR in DER for `names` with `key`.
pub(crate) fn csr_by(key: &KeyPair, names: &[&str]) -> Vec<u8> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serialize_request(key).expect("a CSR").der().to_vec()
}

/// What came out of an order.
pub(crate) struct Issued {
    pub(crate) order: Value,
    /// The chain in PEM.
    pub(crate) chain: String,
}

impl Issued {
    pub(crate) fn url(&self) -> &str {
        self.order["certificate"].as_str().expect("a URL")
    }

    /// The certificate itself.
    pub(crate) fn der(&self) -> Vec<u8> {
        pem::parse(&self.chain).expect("PEM").contents().to_vec()
    }

    /// The seconds from its first to its last, both counted in.
    pub(crate) fn lifetime_s(&self) -> i64 {
        let (first, last) = self.validity();
        last - first + 1
    }

    /// Its first and last second, since 1970.
    pub(crate) fn validity(&self) -> (i64, i64) {
        let der = self.der();
        let (_, x509) = x509_parser::parse_x509_certificate(&der).expect("X.509");
        let validity = x509.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    }

    /// Its name in renewal information (RFC 9773 §4.1).
    pub(crate) fn cert_id(&self) -> String {
        let der = self.der();
        let (_, x509) = x509_parser::parse_x509_certificate(&der).expect("X.509");
        let authority = x509.extensions().iter().find_map(|ext| match ext.parsed_extension() {
            x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(id) => {
                id.key_identifier.as_ref()
            }
            _ => None,
        });
        let authority = base64url(authority.expect("an AKI").0);
        format!("{authority}.{}", base64url(x509.raw_serial()))
    }
}

/// From names to certificate.
pub(crate) async fn issue(client: &Client, names: &[&str]) -> Issued {
    issue_by(client, &KeyPair::generate().expect("a key"), names).await
}

/// From names to certificate of `key`.
pub(crate) async fn issue_by(client: &Client, key: &KeyPair, names: &[&str]) -> Issued {
    let (url, order) = client.authorized_order(names).await;
    finish(client, url, &order, csr_by(key, names)).await
}

/// From a ready order to its certificate.
pub(crate) async fn finish(
    client: &Client,
    order_url: String,
    order: &Value,
    csr: Vec<u8>,
) -> Issued {
    assert_eq!(order["status"], "ready", "{order}");
    let finalize = order["finalize"].as_str().expect("a URL");
    let answer = client.post(finalize, &json!({"csr": base64url(csr)})).await;
    assert_eq!((answer.status, answer.header("location")), (200, &*order_url), "{answer:?}");
    let order = client.poll(&order_url, "processing").await;
    assert_eq!(order["status"], "valid", "{order}");
    let answer = client.get(order["certificate"].as_str().expect("a URL")).await;
    assert_eq!(answer.header("content-type"), "application/pem-certificate-chain");
    Issued { order, chain: answer.text }
}

/// Lets `openssl verify` judge a certificate and its chain against `root`; what it says is the
/// error.
pub(crate) fn openssl_verify(
    root: &str,
    chain: &str,
    crl_der: Option<&[u8]>,
    arguments: &[&str],
) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    };
    let (leaf, rest) = chain.split_once("-----END CERTIFICATE-----\n").expect("a certificate");
    let leaf = format!("{leaf}-----END CERTIFICATE-----\n");
    let mut command = Command::new("openssl");
    command
        .args(["verify", "-no-CAfile", "-no-CApath", "-x509_strict", "-purpose", "sslserver"])
        .args(arguments)
        .arg("-CAfile")
        .arg(file("root.pem", root.as_bytes()))
        .arg("-untrusted")
        .arg(file("intermediate.pem", rest.as_bytes()));
    if let Some(der) = crl_der {
        let crl = pem::encode(&pem::Pem::new("X509 CRL", der));
        command.arg("-crl_check").arg("-CRLfile").arg(file("crl.pem", crl.as_bytes()));
    }
    let output =
        command.arg(file("leaf.pem", leaf.as_bytes())).output().expect("openssl is installed");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}
