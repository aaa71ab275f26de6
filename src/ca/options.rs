//! What the CA's user can set, and what can fail at its start.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::{
    faults::Fault,
    limits::Limit,
    rows::{StoreError, StoreOptions},
    va::PerspectiveError,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How the embedded CA runs.
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
#[derive(Debug, Clone)]
pub struct CaOptions {
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// HTTPS instead of plain HTTP, with a certificate under a root of its own.
    pub tls: bool,
    /// The port where validations ask for what the public Internet has at 80; without it HTTP-01 is
    /// not offered.
    pub http_port: Option<u16>,
    /// The port where validations ask for what the public Internet has at 443; without it TLS-ALPN-01
    /// is not offered.
    pub tls_port: Option<u16>,
    /// Where TXT and CAA records are asked for; without it DNS-01 is not offered.
    pub dns_server: Option<SocketAddr>,
    /// Where every name leads, and may be issued for; `None` asks `dns_server` for addresses and CAA
    /// records too.
    pub fixed_address: Option<IpAddr>,
    /// Once this is true, `dns_server` is asked all the same: names are no longer all alike.
    pub names_differ: Arc<AtomicBool>,
    /// Offer dns-account-01 (draft-ietf-acme-dns-account-label) where DNS-01 is offered.
    pub dns_account_01: bool,
    /// Rate limits; more than one can be for the same endpoint.
    pub limits: Vec<Limit>,
    /// What goes wrong on purpose from the start.
    pub faults: Vec<Fault>,
    /// Where faults are set while it runs.
    pub management_addr: Option<SocketAddr>,
    /// Whether the ACME of early 2015 is spoken too.
    pub acme_v1: bool,
    /// Threads that serve requests; 0 counts as 1.
    pub threads: usize,
    /// Validity of the certificates it issues when their order names no other profile.
    pub cert_lifetime: Duration,
    /// Profiles that orders can name, besides `default` and `shortlived`.
    pub cert_profiles: Vec<CertProfile>,
    /// How long an order can be used.
    pub order_lifetime: Duration,
    /// How long an authorization can be used.
    pub authz_lifetime: Duration,
    /// What of an account's earlier work its new orders take over.
    pub reuse: ReuseOptions,
    /// Whether names can be authorized before they are ordered (RFC 8555 §7.4.1).
    pub new_authz: bool,
    /// External account binding (RFC 8555 §7.3.4).
    pub eab: EabOptions,
    /// How long an order stays `processing` before its certificate is there.
    pub finalize_delay: Duration,
    /// The `Retry-After` of an authorization that is being validated, in whole seconds; without
    /// it, clients are not told.
    pub retry_after: Option<Duration>,
    /// Where what it remembers is written as rows.
    pub store: StoreOptions,
}

/// A certificate profile (draft-ietf-acme-profiles): here, no more than a lifetime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertProfile {
    /// What orders name it by.
    pub name: String,
    /// Validity of its certificates.
    pub lifetime: Duration,
}

/// What of an account's earlier work its new orders take over. A load test wants neither: each of
/// its chains is to do the whole work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReuseOptions {
    /// Valid authorizations.
    pub authzs: bool,
    /// Pending and ready orders of the same names.
    pub orders: bool,
}

/// External account binding (RFC 8555 §7.3.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EabOptions {
    /// Whether accounts without a binding are refused.
    pub required: bool,
    /// The keys that bindings are checked with; without any, bindings are ignored.
    pub keys: Vec<EabKey>,
}

/// A MAC key that the CA gave to somebody, for the binding of their ACME accounts.
#[derive(Clone, PartialEq, Eq)]
pub struct EabKey {
    /// The name by which bindings tell their key.
    pub kid: String,
    /// The key itself.
    pub mac_key: Vec<u8>,
}

impl EabKey {
    /// Reads `KID:KEY` with the key in base64url, as CAs hand it out.
    ///
    /// # Errors
    /// A sentence that shows what is accepted.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kid, key) = text
            .rsplit_once(':')
            .filter(|(kid, key)| !kid.is_empty() && !key.is_empty())
            .ok_or_else(|| {
                format!("`{text}` is no EAB key; write KID:KEY, the key in base64url")
            })?;
        // The padding that some tools add says nothing.
        let mac_key = BASE64_URL_SAFE_NO_PAD
            .decode(key.trim_end_matches('='))
            .map_err(|error| format!("the key of `{kid}` is not base64url: {error}"))?;
        Ok(Self { kid: kid.to_owned(), mac_key })
    }
}

impl fmt::Debug for EabKey {
    /// Without the key, which is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EabKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Default for CaOptions {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: false,
            http_port: Some(5002),
            tls_port: Some(5001),
            dns_server: None,
            fixed_address: Some(Ipv4Addr::LOCALHOST.into()),
            names_differ: Arc::default(),
            dns_account_01: false,
            limits: Vec::new(),
            faults: Vec::new(),
            management_addr: None,
            acme_v1: false,
            threads: 1,
            cert_lifetime: 90 * DAY,
            cert_profiles: Vec::new(),
            order_lifetime: 7 * DAY,
            authz_lifetime: 7 * DAY,
            reuse: ReuseOptions::default(),
            new_authz: true,
            eab: EabOptions::default(),
            finalize_delay: Duration::ZERO,
            retry_after: None,
            store: StoreOptions::default(),
        }
    }
}

/// Why the embedded CA did not start.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The address cannot be listened on.
    #[error(
        "the embedded CA cannot listen on {addr}: {source}; stop what uses that port, or choose \
         another (0 takes a free one)"
    )]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Its threads cannot be started.
    #[error("the embedded CA cannot start its threads: {0}; look at the process limits")]
    Threads(#[from] io::Error),
    /// Its own keys or certificates cannot be made.
    #[error("the embedded CA cannot make its own certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// Its HTTPS settings are refused.
    #[error("the embedded CA cannot set up HTTPS: {0}")]
    Tls(#[from] rustls::Error),
    /// Its rows cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its validations cannot be set up.
    #[error("the embedded CA cannot set up its validations: {0}")]
    Validations(String),
}

impl From<PerspectiveError> for CaError {
    fn from(error: PerspectiveError) -> Self {
        Self::Validations(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eab_key_is_a_kid_and_base64url() {
        let key = EabKey::parse("kid:1:AQID").expect("a key");
        assert_eq!((key.kid.as_str(), key.mac_key.as_slice()), ("kid:1", &[1, 2, 3][..]));
        assert!(EabKey::parse("k:AQIDBA==").is_ok(), "padding is forgiven");
        for text in ["", "k", "k:", ":AQID", "k:a+b/"] {
            assert!(EabKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_eab_key_is_not_shown() {
        let key = EabKey { kid: "k".to_owned(), mac_key: vec![171, 171] };
        assert_eq!(format!("{key:?}"), r#"EabKey { kid: "k", .. }"#);
    }
}
