//! The certificate of DNS over HTTPS: the operator's, or a self-signed one.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::challenge::options::ChallengeOptions;

/// Why there is no certificate for DNS over HTTPS.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file is missing, or has no such thing in it.
    #[error("cannot read {what} from {path}: {source}", path = path.display())]
    File {
        /// A certificate or a key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: rustls::pki_types::pem::Error,
    },
    /// There is no certificate in the file.
    #[error("there is no certificate in {}", .0.display())]
    Empty(PathBuf),
    /// The key is not that of the certificate, or of no kind that can be used.
    #[error("the certificate in {path} cannot be used with its key: {source}", path = path.display())]
    Mismatch {
        /// The file with the certificate.
        path: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// No self-signed one can be made.
    #[error("cannot make a certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
    /// The TLS library refuses what was just made.
    #[error("cannot use the certificate that was made: {0}")]
    Tls(#[from] rustls::Error),
}

/// What DNS over HTTPS is served with.
pub(super) fn server_config(
    options: &ChallengeOptions,
) -> Result<Arc<ServerConfig>, IdentityError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth();
    let mut config = if let Some((path, key)) = &options.doh_identity {
        let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable("a key", key))?;
        builder
            .with_single_cert(chain(path)?, key)
            .map_err(|source| IdentityError::Mismatch { path: path.clone(), source })?
    } else {
        let (certificate, key) = self_signed(options.addr)?;
        builder.with_single_cert(vec![certificate], key)?
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let failed = unreadable("a certificate", path);
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(failed)?;
    if chain.is_empty() {
        return Err(IdentityError::Empty(path.to_owned()));
    }
    Ok(chain)
}

fn unreadable(
    what: &'static str,
    path: &Path,
) -> impl FnOnce(rustls::pki_types::pem::Error) -> IdentityError {
    move |source| IdentityError::File { what, path: path.to_owned(), source }
}

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

fn self_signed(addr: IpAddr) -> Result<Identity, rcgen::Error> {
    let names = vec!["localhost".to_owned(), addr.to_string()];
    let made = rcgen::generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    Ok((made.cert.der().clone(), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_identity(certificate: &str, key: &str) -> (tempfile::TempDir, ChallengeOptions) {
        let folder = tempfile::tempdir().expect("a folder");
        let (cert_path, key_path) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&cert_path, certificate).expect("written");
        std::fs::write(&key_path, key).expect("written");
        let doh_identity = Some((cert_path, key_path));
        (folder, ChallengeOptions { doh_identity, ..ChallengeOptions::default() })
    }

    fn made() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).expect("keys");
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn problem(certificate: &str, key: &str) -> String {
        let (_folder, options) = with_identity(certificate, key);
        server_config(&options).expect_err("a problem").to_string()
    }

    #[test]
    fn files_are_used_and_their_problems_named() {
        let ((certificate, key), (_, other_key)) = (made(), made());
        let (_folder, options) = with_identity(&certificate, &key);
        server_config(&options).expect("usable");
        let missing = Some((PathBuf::from("/no/c.pem"), PathBuf::from("/no/k.pem")));
        let options = ChallengeOptions { doh_identity: missing, ..ChallengeOptions::default() };
        let told = server_config(&options).expect_err("missing").to_string();
        assert!(told.starts_with("cannot read a key from /no/k.pem: "), "{told}");
        assert!(problem("", &key).starts_with("there is no certificate in "));
        assert!(problem(&certificate, "x").starts_with("cannot read a key from "));
        assert!(problem(&certificate, &other_key).contains("cannot be used with its key"));
    }

    #[test]
    fn without_files_it_makes_one() {
        server_config(&ChallengeOptions::default()).expect("made");
    }
}
