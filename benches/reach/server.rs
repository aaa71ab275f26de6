//! The trivial server: one answer of 200 bytes to everything, over kept-alive HTTP/1.1.
//!
//! The answer is a directory (RFC 8555 section 7.1.1) whose URLs all lead back here, and it brings
//! a nonce, so that the stdlib's ACME client can post to it as to a CA.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;

use crate::Outcome;
use crate::process::{Running, role};

const BODY_BYTES: usize = 200;
const COUNT_EVERY: Duration = Duration::from_millis(20);

/// The server as seen by the measuring process.
pub(crate) struct Server {
    running: Running,
    port: u16,
    counts: JoinHandle<Vec<Count>>,
}

/// Seconds since the server's start, and requests until then.
type Count = (f64, u64);

impl Server {
    /// Starts one on `cores`.
    pub(crate) fn start(cores: &str) -> Outcome<Self> {
        let mut running =
            Running::spawn(role(cores, "role-server")?.stdout(std::process::Stdio::piped()))?;
        let stdout = running.child.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        // Read as they come, so that the server never waits for room in the pipe.
        let counts = std::thread::spawn(|| {
            lines.lines().map_while(Result::ok).filter_map(|line| read_count(&line)).collect()
        });
        Ok(Self { running, port: line.trim().parse()?, counts })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Stops it and returns what it counted.
    pub(crate) fn counts(mut self) -> Outcome<Vec<Count>> {
        self.running.child.kill()?;
        self.counts.join().map_err(|_| "the server cannot be read".into())
    }
}

fn read_count(line: &str) -> Option<Count> {
    let (at, requests) = line.split_once(' ')?;
    Some((at.parse().ok()?, requests.parse().ok()?))
}

/// The role: prints its port, then its counts.
pub(crate) fn run(_arguments: &[String]) -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve())
}

async fn serve() -> Outcome<()> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    // Ten thousand attackers may knock at once.
    let listener = socket.listen(16_384)?;
    let port = listener.local_addr()?.port();
    println!("{port}");
    let served = Arc::new(AtomicU64::new(0));
    tokio::spawn(count(Arc::clone(&served)));
    let body = body(port);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (served, body) = (Arc::clone(&served), body.clone());
        let service = service_fn(move |request| {
            served.fetch_add(1, Ordering::Relaxed);
            answer(request, body.clone())
        });
        tokio::spawn(async move {
            // A client that goes away is no failure.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that cannot be read ends its connection, which is answer enough.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(body));
    let nonce = hyper::header::HeaderValue::from_static("bm9uY2Utb2YtdHdlbnR5LW9uZQ");
    response.headers_mut().insert("replay-nonce", nonce);
    Ok(response)
}

fn body(port: u16) -> Bytes {
    let here = format!("http://127.0.0.1:{port}/");
    let urls = ["newNonce", "newAccount", "newOrder"].map(|name| format!(r#""{name}":"{here}""#));
    let object = format!("{{{}}}", urls.join(","));
    format!("{object:BODY_BYTES$}").into()
}

/// Prints the requests so far, again and again.
async fn count(served: Arc<AtomicU64>) {
    let start = Instant::now();
    let mut tick = tokio::time::interval(COUNT_EVERY);
    loop {
        tick.tick().await;
        let line =
            format!("{} {}\n", start.elapsed().as_secs_f64(), served.load(Ordering::Relaxed));
        // Nobody listens once the measurement is over.
        if std::io::stdout().write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}
