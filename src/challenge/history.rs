//! What was asked of the listeners lately, for whoever asks the management interface. Field names
//! are those of pebble-challtestsrv.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Events kept of each kind. The oldest make way: hours of load must not grow memory.
const EVENTS_MAX: usize = 10_000;

/// The latest events of each kind.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) http: Events<HttpEvent>,
    pub(super) dns: Events<DnsEvent>,
    pub(super) tls_alpn01: Events<TlsAlpnEvent>,
}

/// One HTTP request.
#[derive(Debug, Clone, Serialize)]
pub(super) struct HttpEvent {
    /// Path and query.
    #[serde(rename = "URL")]
    pub(super) url: String,
    /// The `Host` header, with its port.
    #[serde(rename = "Host")]
    pub(super) host: String,
    #[serde(rename = "HTTPS")]
    pub(super) https: bool,
    /// The name in the TLS `ClientHello`.
    #[serde(rename = "ServerName")]
    pub(super) server_name: String,
    #[serde(rename = "UserAgent")]
    pub(super) user_agent: String,
}

/// One DNS question.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DnsEvent {
    pub(super) question: DnsQuestion,
    /// Of whom asked over HTTPS.
    pub(super) user_agent: String,
}

/// What was asked, in numbers (RFC 1035 section 4.1.2).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DnsQuestion {
    pub(super) name: String,
    pub(super) qtype: u16,
    pub(super) qclass: u16,
}

/// One TLS handshake at the port of TLS-ALPN-01.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TlsAlpnEvent {
    pub(super) server_name: String,
    pub(super) supported_protos: Vec<String>,
}

/// The latest events of one kind, each with the domain that it was about.
#[derive(Debug)]
pub(super) struct Events<E>(Mutex<VecDeque<(String, E)>>);

impl<E> Default for Events<E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E: Clone> Events<E> {
    pub(super) fn push(&self, domain: String, event: E) {
        let mut events = self.lock();
        if events.len() == EVENTS_MAX {
            events.pop_front();
        }
        events.push_back((domain, event));
    }

    /// Those about `domain`, oldest first.
    pub(super) fn of(&self, domain: &str) -> Vec<E> {
        let events = self.lock();
        let about = events.iter().filter(|(about, _)| about == domain);
        about.map(|(_, event)| event.clone()).collect()
    }

    pub(super) fn clear(&self, domain: &str) {
        self.lock().retain(|(about, _)| about != domain);
    }

    /// A push that panicked halfway left nothing half done.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, E)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_way() {
        let events = Events::default();
        for number in 0..=EVENTS_MAX {
            let domain = if number < 3 { "a.example" } else { "b.example" };
            events.push(domain.to_owned(), number);
        }
        assert_eq!(events.of("a.example"), [1, 2]);
        events.clear("a.example");
        assert!(events.of("a.example").is_empty());
        assert_eq!(events.of("b.example").len(), EVENTS_MAX - 2);
    }
}
