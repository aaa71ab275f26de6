//! TLS configurations and sessions that handshakes use again.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, Resumption};

use crate::net::dial::Target;
use crate::net::tls::{Offer, TlsError, Trust};

/// Scripts ask for a few; one that asks for new ones each time must not fill the memory.
const CONFIGS_KEPT: usize = 64;
/// Sessions of one attacker with one server: room for the tickets that a handshake brings.
const SESSIONS_KEPT: usize = 16;
/// Servers with which an attacker has sessions.
const SERVERS_KEPT: usize = 64;

/// What a handshake is asked to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    /// What to offer.
    pub offer: Offer,
    /// Whether to trust anybody; as the command line says without.
    pub insecure: Option<bool>,
    /// PEM text of further roots.
    pub ca: Option<String>,
}

/// Configurations by what was asked: making one takes longer than preparing a handshake should.
#[derive(Debug, Default)]
pub struct Configs(HashMap<Asked, Arc<ClientConfig>>);

impl Configs {
    /// The configuration for `asked`, which keeps no sessions.
    ///
    /// # Errors
    /// When `ca` holds no roots.
    pub fn get(&mut self, asked: &Asked, trust: &Trust) -> Result<Arc<ClientConfig>, TlsError> {
        if let Some(known) = self.0.get(asked) {
            return Ok(Arc::clone(known));
        }
        let mut trust = trust.clone();
        trust.insecure = asked.insecure.unwrap_or(trust.insecure);
        if let Some(pem) = &asked.ca {
            trust.add_pem(pem)?;
        }
        let mut config = trust.client_config(&asked.offer)?;
        config.resumption = Resumption::disabled();
        let config = Arc::new(config);
        if self.0.len() >= CONFIGS_KEPT {
            self.0.clear();
        }
        self.0.insert(asked.clone(), Arc::clone(&config));
        Ok(config)
    }
}

/// The sessions of one attacker. rustls tells servers apart by name alone, and two ports of one host
/// are two servers here.
#[derive(Debug, Default)]
pub struct Sessions(HashMap<Target, Arc<ClientSessionMemoryCache>>);

impl Sessions {
    /// Resumes sessions with `target`, and keeps those that it begins.
    pub fn with(&mut self, target: &Target) -> Resumption {
        if self.0.len() >= SERVERS_KEPT && !self.0.contains_key(target) {
            self.0.clear();
        }
        let sessions = self
            .0
            .entry(target.clone())
            .or_insert_with(|| Arc::new(ClientSessionMemoryCache::new(SESSIONS_KEPT)));
        Resumption::store(Arc::clone(sessions) as _)
    }
}
