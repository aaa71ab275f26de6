//! Starting and stopping the CA: its threads, its listener.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

use super::{
    authority::Authority,
    connection::{Server, accept},
    https::Https,
    manage,
    options::{CaError, CaOptions},
    rows::{CaDatabase, Rows, StoreError},
};

/// How often what has ended is looked for.
const FORGET_EVERY: Duration = Duration::from_secs(30);
/// Tasks end at their next await; this only bounds a defect.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// An embedded CA that serves requests on threads of its own until stopped or dropped.
pub struct RunningCa {
    addr: SocketAddr,
    management_addr: Option<SocketAddr>,
    directory_url: String,
    ca: Arc<Authority>,
    https_root_pem: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningCa {
    /// Makes the CA's certificates and starts to listen.
    ///
    /// # Errors
    /// [`CaError::Listen`] if the address is taken; the others if the system refuses threads or
    /// keys.
    pub fn start(options: &CaOptions) -> Result<Self, CaError> {
        let (listener, addr) = bind(options.addr)?;
        let management = options.management_addr.map(bind).transpose()?;
        let host = reachable(addr).to_string();
        let https = options.tls.then(|| Https::new(addr)).transpose()?;
        let ca = Authority::new(options, host)?;
        let directory_url = format!("{}://{}/directory", ca.scheme, ca.host);

        let acceptor = https.as_ref().map(|https| TlsAcceptor::from(Arc::clone(&https.config)));
        let server = Arc::new(Server::new(Arc::clone(&ca), acceptor));
        let (stop, stopped) = oneshot::channel();
        let management_addr = management.as_ref().map(|(_, addr)| *addr);
        let management = management.map(|(listener, _)| (listener, Arc::clone(&ca)));
        let thread = spawn(options.threads, (listener, server), management, stopped)?;
        Ok(Self {
            addr,
            management_addr,
            directory_url,
            ca,
            https_root_pem: https.map(|https| https.root_pem),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens, with the port that was picked if 0 was asked for.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where its management interface listens, if it was asked for.
    pub fn management_addr(&self) -> Option<SocketAddr> {
        self.management_addr
    }

    /// The URL of its directory (RFC 8555 §7.1.1).
    pub fn directory_url(&self) -> &str {
        &self.directory_url
    }

    /// The root that its certificates chain up to, in PEM.
    pub fn root_pem(&self) -> &str {
        self.ca.issuer.root_pem()
    }

    /// The root that the alternate chains of its certificates lead to, in PEM.
    pub fn alternate_root_pem(&self) -> &str {
        self.ca.issuer.alternate_root_pem()
    }

    /// The root that its HTTPS clients must trust, in PEM; `None` with plain HTTP.
    pub fn https_root_pem(&self) -> Option<&str> {
        self.https_root_pem.as_deref()
    }

    /// How what it has done can be read, if it is written as rows.
    pub fn database(&self) -> Option<&CaDatabase> {
        self.ca.rows.as_ref().map(Rows::database)
    }

    /// Stops listening, closes all connections and waits for the threads to end, and for the last
    /// row to be written.
    ///
    /// # Errors
    /// [`StoreError::Unwritten`] if the database does not take it.
    pub fn stop(mut self) -> Result<(), StoreError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), StoreError> {
        // Neither fails unless the thread is gone already, which is what is wanted.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
        self.ca.rows.as_ref().map_or(Ok(()), Rows::close)
    }
}

impl Drop for RunningCa {
    fn drop(&mut self) {
        // After `stop` there is nothing left to go wrong.
        if let Err(error) = self.end() {
            eprintln!("coyote: {error}");
        }
    }
}

/// The address with a wildcard replaced by loopback: what a client on this machine connects to.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

/// A listener for tokio, and its address.
fn bind(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), CaError> {
    let listener = TcpListener::bind(addr).map_err(|source| CaError::Listen { addr, source })?;
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Serves on `threads` threads until `stopped`. The one given back waits for all others.
fn spawn(
    threads: usize,
    (listener, server): (TcpListener, Arc<Server>),
    management: Option<(TcpListener, Arc<Authority>)>,
    stopped: oneshot::Receiver<()>,
) -> Result<JoinHandle<()>, CaError> {
    let runtime = runtime(threads)?;
    let listener = {
        let _context = runtime.enter();
        // Both end with the runtime.
        tokio::spawn(forget_ended(server.authority()));
        if let Some((listener, ca)) = management {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(manage::serve(listener, ca));
        }
        tokio::net::TcpListener::from_std(listener)?
    };
    let run = move || {
        runtime.block_on(async {
            let serve = |stream, peer: SocketAddr| Arc::clone(&server).spawn(stream, peer.ip());
            tokio::select! {
                () = accept(&listener, serve) => {}
                _ = stopped => {}
            }
        });
        // Not a plain drop, which would wait for as long as a task keeps computing.
        drop(listener);
        runtime.shutdown_timeout(STOP_TIMEOUT);
    };
    Ok(thread::Builder::new().name("coyote-ca".to_owned()).spawn(run)?)
}

/// One thread needs no work stealing, and is cheaper without.
fn runtime(threads: usize) -> Result<Runtime, CaError> {
    let mut builder = if threads > 1 {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads);
        builder
    } else {
        Builder::new_current_thread()
    };
    Ok(builder.thread_name("coyote-ca").enable_all().build()?)
}

/// Keeps memory from growing with the time that the CA runs.
async fn forget_ended(ca: Arc<Authority>) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        let ca = Arc::clone(&ca);
        // Requests need not wait for a look at millions of records. An error is the runtime's end.
        let _ = tokio::task::spawn_blocking(move || ca.forget_ended()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_reached_on_loopback() {
        for (given, wanted) in
            [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("127.0.0.2:1", "127.0.0.2:1")]
        {
            let addr = reachable(given.parse().expect("an address"));
            assert_eq!(addr.to_string(), wanted);
        }
    }

    #[test]
    fn a_taken_port_is_an_error_that_names_it() {
        let ca = RunningCa::start(&CaOptions::default()).expect("a free port");
        let options = CaOptions { addr: ca.addr(), ..CaOptions::default() };
        let error = RunningCa::start(&options).err().expect("the port is taken");
        assert!(matches!(error, CaError::Listen { addr, .. } if addr == ca.addr()));
        assert!(error.to_string().contains(&ca.addr().to_string()), "{error}");
        ca.stop().expect("nothing to write");
        let again = RunningCa::start(&options).expect("the port is free again");
        again.stop().expect("nothing to write");
    }
}
