//! The HTTP server of `--prometheus`, on a thread of its own.

use std::convert::Infallible;
use std::io;
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, oneshot};

use super::encode;
use super::page::Page;
use crate::record::live::Live;

/// Where the metrics are.
const PATH: &str = "/metrics";
const TEXT: &str = "text/plain; charset=utf-8";
/// One server asks, or a few: more wait until these are answered.
const MOST_CONNECTIONS: usize = 16;
/// What a connection gets for its one answer, however slow its other end is.
const PATIENCE: Duration = Duration::from_secs(30);
/// After an error of `accept`, such as too many open files: long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves what a run measures, until it is dropped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    live: Arc<Live>,
    /// Dropping it ends the thread.
    end: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on `addr` from now on; port 0 is any free one.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system grants no thread.
    pub fn start(addr: SocketAddr) -> io::Result<Self> {
        let listener = net::TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let live = Arc::new(Live::default());
        let page = Arc::new(Page::new(Arc::clone(&live)));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (end, ended) = oneshot::channel::<Infallible>();
        let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept_all(listener, page) => {}
                    _ = ended => {}
                }
            });
        })?;
        Ok(Self { addr, live, end: Some(end), thread: Some(thread) })
    }

    /// Where the metrics are.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.addr)
    }

    /// A load with so many shards begins; returns where they tell what they measure.
    pub fn begin(&self, shards: usize) -> Arc<Live> {
        self.live.begin(shards);
        Arc::clone(&self.live)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            // If it panicked, that was told.
            let _ = thread.join();
        }
    }
}

async fn accept_all(listener: net::TcpListener, page: Arc<Page>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("--prometheus: cannot listen any more: {error}");
            return;
        }
    };
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let page = Arc::clone(&page);
                tokio::spawn(async move {
                    // Who hangs up early, or never reads, has nobody to tell it to.
                    let _ = tokio::time::timeout(PATIENCE, serve_one(stream, &page)).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Answers one request. A connection that is kept would only take a place until the next scrape.
async fn serve_one(stream: TcpStream, page: &Page) -> hyper::Result<()> {
    let service = service_fn(|request: Request<Incoming>| async move {
        Ok::<_, Infallible>(answer(request.method(), request.uri().path(), page).await)
    });
    http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await
}

async fn answer(method: &Method, path: &str, page: &Page) -> Response<Full<Bytes>> {
    if path != PATH {
        let hint = format!("nothing here: the metrics are at {PATH}\n");
        return response(StatusCode::NOT_FOUND, TEXT, hint);
    }
    if ![Method::GET, Method::HEAD].contains(method) {
        let mut refusal = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET or HEAD\n");
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return refusal;
    }
    match page.text().await {
        Ok(text) => response(StatusCode::OK, encode::CONTENT_TYPE, text),
        Err(error) => {
            let told = format!("cannot encode the metrics: {error}\n");
            response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, told)
        }
    }
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
