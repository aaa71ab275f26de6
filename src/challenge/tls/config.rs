//! The rustls configuration of each handshake.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{NoServerSessionStorage, ResolvesServerCertUsingSni};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::certificate::{MakeError, Maker};
use super::content::Content;

/// How many certificates for the web are kept, at about 1 kB each. A CA that validates a name comes
/// back for it within seconds, if at all (a redirect, a second perspective), so this need only hold
/// the names that are being validated.
const KEPT: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");

/// Makes the configuration of each handshake.
pub(super) struct TlsConfigs {
    maker: Maker,
    kept: Mutex<LruCache<String, Arc<CertifiedKey>>>,
    /// Shows no certificate.
    refusing: Arc<ServerConfig>,
}

impl TlsConfigs {
    pub(super) fn new() -> Result<Self, MakeError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let maker = Maker::new(&provider)?;
        let mut refusing = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
        // Nobody resumes: a CA validates once.
        refusing.send_tls13_tickets = 0;
        refusing.session_storage = Arc::new(NoServerSessionStorage {});
        let (kept, refusing) = (Mutex::new(LruCache::new(KEPT)), Arc::new(refusing));
        Ok(Self { maker, kept, refusing })
    }

    /// Ends the handshake with an alert.
    pub(super) fn refuse(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.refusing)
    }

    /// Shows a certificate that is made for this handshake alone.
    pub(super) fn with_new(
        &self,
        content: &Content<'_>,
        alpn: Option<&[u8]>,
    ) -> Result<Arc<ServerConfig>, MakeError> {
        Ok(self.with(self.maker.make(content)?, alpn))
    }

    /// Shows a certificate for `name` that is made when it is first asked for.
    pub(super) fn with_kept(
        &self,
        name: &str,
        alpn: &[u8],
    ) -> Result<Arc<ServerConfig>, MakeError> {
        // What another thread left is whole: certificates are put in when they are made.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || self.maker.make(&Content::web(name, None));
        let certificate = Arc::clone(kept.try_get_or_insert_ref(name, make)?);
        Ok(self.with(certificate, Some(alpn)))
    }

    fn with(&self, certificate: Arc<CertifiedKey>, alpn: Option<&[u8]>) -> Arc<ServerConfig> {
        // A clone counts some references, which is nothing beside a handshake.
        let mut config = ServerConfig::clone(&self.refusing);
        config.cert_resolver = Arc::new(SingleCertAndKey::from(certificate));
        config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
        Arc::new(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_new_names_do_not_grow_what_is_kept() {
        let configs = TlsConfigs::new().expect("keys");
        for number in 0..KEPT.get() + 3 {
            configs.with_kept(&format!("{number}.example"), b"http/1.1").expect("a certificate");
        }
        let kept = configs.kept.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(kept.len(), KEPT.get());
        assert!(!kept.contains("2.example") && kept.contains("3.example"), "the oldest make way");
    }
}
