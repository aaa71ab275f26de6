//! Times new connections: name resolution, TCP and TLS, each apart.
//!
//! The HTTP client makes a connection inside the future of the request that needs it, or goes on
//! with it in the background when another connection becomes free first. So the times are noted by
//! local address when a connection is ready, and claimed by the request that uses it first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Extensions;
use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::NamedGroup;
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Resumption};
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use tower_layer::Layer;
use tower_service::Service;

use crate::error::ErrorKind;
use crate::net::error::NetError;
use crate::net::guard::Guard;

/// TLS sessions kept for resumption, by server.
const SESSIONS_KEPT: usize = 256;

/// When each part of making one connection was over.
#[derive(Debug, Clone, Copy)]
pub struct ConnectTimes {
    /// The connection was asked for.
    pub start: Instant,
    resolved: Option<Instant>,
    tls_start: Option<Instant>,
    done: Instant,
}

impl ConnectTimes {
    fn begun() -> Self {
        let now = Instant::now();
        Self { start: now, resolved: None, tls_start: None, done: now }
    }

    /// Name resolution, as far as the connection needed any.
    pub fn resolving(&self) -> Duration {
        self.resolved.map_or(Duration::ZERO, |at| at - self.start)
    }

    /// TCP alone.
    pub fn connecting(&self) -> Duration {
        self.tls_start.unwrap_or(self.done) - self.resolved.unwrap_or(self.start)
    }

    /// TLS alone; zero without.
    pub fn tls_handshaking(&self) -> Duration {
        self.tls_start.map_or(Duration::ZERO, |at| self.done - at)
    }
}

type SharedTimes = Arc<Mutex<ConnectTimes>>;

thread_local! {
    /// The connection that is being polled on this thread, for the resolver and the TLS stack,
    /// which are called with no word of whom for.
    static BEING_MADE: RefCell<Option<SharedTimes>> = const { RefCell::new(None) };
}

/// No code panics while it holds one of these locks, and plain values cannot be left half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// New connections whose first request has not claimed them yet.
#[derive(Debug, Clone, Default)]
pub struct FreshConnections(Arc<Mutex<HashMap<SocketAddr, ConnectTimes>>>);

impl FreshConnections {
    /// How the connection from `local` was made, told once.
    pub fn claim(&self, local: SocketAddr) -> Option<ConnectTimes> {
        let mut waiting = lock(&self.0);
        // Mostly there are none; then nothing has to be hashed.
        if waiting.is_empty() { None } else { waiting.remove(&local) }
    }
}

impl<S> Layer<S> for FreshConnections {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector(Arc::new(Parts { inner, fresh: self.clone() }))
    }
}

/// A connector that notes when its connections became ready.
///
/// The HTTP client clones its connector several times for every request, and the one in here is
/// expensive to clone. So it is shared, and cloned for each connection.
#[derive(Debug)]
pub struct TimedConnector<S>(Arc<Parts<S>>);

#[derive(Debug)]
struct Parts<S> {
    inner: S,
    fresh: FreshConnections,
}

impl<S> Clone for TimedConnector<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, R> Service<R> for TimedConnector<S>
where
    R: Send + 'static,
    S: Service<R> + Clone + Send + Sync + 'static,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // The clone that makes the connection is asked.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let times = Arc::new(Mutex::new(ConnectTimes::begun()));
        let fresh = self.0.fresh.clone();
        let mut inner = self.0.inner.clone();
        let mut connecting = Box::pin(async move {
            std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
            inner.call(request).await
        });
        Box::pin(std::future::poll_fn(move |cx| {
            let outer = BEING_MADE.replace(Some(Arc::clone(&times)));
            let polled = connecting.as_mut().poll(cx);
            BEING_MADE.set(outer);
            if let Poll::Ready(Ok(connection)) = &polled {
                note(&fresh, connection, &times);
            }
            polled
        }))
    }
}

fn note(fresh: &FreshConnections, connection: &impl Connection, times: &SharedTimes) {
    let mut extensions = Extensions::new();
    connection.connected().get_extras(&mut extensions);
    if let Some(info) = extensions.get::<HttpInfo>() {
        let mut times = *lock(times);
        times.done = Instant::now();
        lock(&fresh.0).insert(info.local_addr(), times);
    }
}

/// Resolves names with the system's resolver, notes when, and refuses public CAs.
#[derive(Debug, Clone)]
pub struct Resolver(pub Arc<Guard>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let times = BEING_MADE.with_borrow(Clone::clone);
        let refusal = self.0.refusal(name.as_str());
        Box::pin(async move {
            if let Some(why) = refusal {
                return Err(NetError::new(ErrorKind::Refused, why).into());
            }
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(|error| NetError::new(ErrorKind::Dns, error.to_string()))?;
            let addresses: Vec<SocketAddr> = found.collect();
            if let Some(times) = times {
                lock(&times).resolved = Some(Instant::now());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A session cache that notes when it is first asked, which is when the `ClientHello` is built: the
/// moment between TCP and TLS.
#[derive(Debug)]
struct TimedSessions(ClientSessionMemoryCache);

/// Session resumption that lets [`ConnectTimes`] tell TLS from TCP.
pub fn timed_resumption() -> Resumption {
    Resumption::store(Arc::new(TimedSessions(ClientSessionMemoryCache::new(SESSIONS_KEPT))))
}

impl ClientSessionStore for TimedSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        BEING_MADE.with_borrow(|times| {
            if let Some(times) = times {
                lock(times).tls_start.get_or_insert_with(Instant::now);
            }
        });
        self.0.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.0.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.0.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server_name)
    }
}
