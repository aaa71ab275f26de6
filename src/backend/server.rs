//! Starting and stopping a backend: its threads, its listener.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

use super::answer::Service;
use super::connection::Server;
use super::options::{BackendError, BackendOptions};
use crate::ca::https::Https;
use crate::challenge::listen::{accept_all, bind};

/// Tasks end at their next await; this only bounds a defect.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// A backend that serves requests on threads of its own until it is dropped.
#[derive(Debug)]
pub struct RunningBackend {
    addr: SocketAddr,
    tls_root_pem: Option<String>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl RunningBackend {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the address is taken, or the system refuses threads or keys.
    pub fn start(options: BackendOptions) -> Result<Self, BackendError> {
        let BackendOptions { id, addr, routes, tls, threads } = options;
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("coyote-backend")
            .enable_all()
            .build()
            .map_err(BackendError::Threads)?;
        let (listener, port) = {
            let _context = runtime.enter();
            bind(addr).map_err(|source| BackendError::Listen { addr, source })?
        };
        let addr = SocketAddr::new(addr.ip(), port);
        let https = tls.then(|| Https::new(addr)).transpose()?;
        let acceptor = https.as_ref().map(|https| TlsAcceptor::from(Arc::clone(&https.config)));
        let server = Arc::new(Server::new(Service { id, routes }, acceptor));
        runtime.spawn(accept_all(listener, move |stream| Arc::clone(&server).serve(stream)));
        let tls_root_pem = https.map(|https| https.root_pem);
        Ok(Self { addr, tls_root_pem, runtime: Some(runtime) })
    }

    /// Where it listens, with the port that was picked if 0 was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The root that its HTTPS clients must trust, in PEM; `None` with plain HTTP.
    pub fn tls_root_pem(&self) -> Option<&str> {
        self.tls_root_pem.as_deref()
    }
}

impl Drop for RunningBackend {
    fn drop(&mut self) {
        // Not a plain drop, which would wait for as long as a task keeps computing.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(STOP_TIMEOUT);
        }
    }
}
