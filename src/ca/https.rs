//! The CA's own HTTPS: a server certificate under a root that only signs this.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rcgen::KeyPair;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{
    issuer::{Serial, self_signed_root, server_params},
    options::CaError,
};

/// No test run lasts longer.
const LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// What an HTTPS listener needs, and the root that its clients must trust.
pub(crate) struct Https {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) root_pem: String,
}

impl Https {
    /// Makes the root and a certificate for loopback and for `addr`.
    pub(crate) fn new(addr: SocketAddr) -> Result<Self, CaError> {
        let root = self_signed_root("coyote HTTPS root")?;
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        let own = addr.ip().to_string();
        if !addr.ip().is_unspecified() && !names.contains(&own) {
            names.push(own);
        }
        let key = KeyPair::generate()?;
        let certificate =
            server_params(names, Serial::random(), LIFETIME)?.signed_by(&key, &root)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), root_pem: root.pem() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_root_of_its_own_each_time() {
        let made = || Https::new(SocketAddr::from(([127, 0, 0, 2], 1))).expect("keys");
        let (first, second) = (made(), made());
        assert!(first.root_pem.starts_with("-----BEGIN CERTIFICATE-----"));
        assert_ne!(first.root_pem, second.root_pem);
    }
}
