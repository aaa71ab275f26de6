//! Small HTTP/1.1 servers on loopback, which behave as a test needs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The client's port.
    pub(crate) port: u16,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a server does with a request.
pub(crate) enum Reply {
    /// Status, content type, body.
    Answer(u16, String, Vec<u8>),
    /// Status, headers, body.
    Headed(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Closes the connection.
    Close,
    /// Keeps the connection open and says nothing, until the server ends.
    Silence,
}

/// An answer 200 with this text.
pub(crate) fn text(body: &str) -> Reply {
    Reply::Answer(200, "text/plain".to_owned(), body.as_bytes().to_vec())
}

/// A server on a port of its own; dropping it closes the port and every connection.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    state: Arc<State>,
    acceptor: Option<JoinHandle<()>>,
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

struct State {
    handler: Box<Handler>,
    ended: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
    requests: Mutex<Vec<Request>>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let addr = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            handler: Box::new(handler),
            ended: AtomicBool::new(false),
            connections: Mutex::default(),
            requests: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let acceptor = Some(thread::spawn(move || accept(&listener, &shared)));
        Self { addr, state, acceptor }
    }

    /// `http://127.0.0.1:PORT` and `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        locked(&self.state.requests).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then sees that it has ended.
        let _ = TcpStream::connect(self.addr);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        for connection in locked(&self.state.connections).drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    while let Ok((stream, peer)) = listener.accept() {
        if state.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(kept) = stream.try_clone() else { continue };
        locked(&state.connections).push(kept);
        let state = Arc::clone(state);
        thread::spawn(move || serve(stream, peer.port(), &state));
    }
}

fn serve(stream: TcpStream, port: u16, state: &State) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader, port) {
        let reply = (state.handler)(&request);
        let no_body = request.method == "HEAD";
        locked(&state.requests).push(request);
        match reply {
            Reply::Answer(status, kind, body) => {
                let answer = message(status, &[("content-type", kind)], &body, no_body);
                if writer.write_all(&answer).is_err() {
                    return;
                }
            }
            Reply::Headed(status, headers, body) => {
                if writer.write_all(&message(status, &headers, &body, no_body)).is_err() {
                    return;
                }
            }
            Reply::Close => break,
            Reply::Silence => {
                // Until the client or the server gives up.
                let _ = reader.read_to_end(&mut Vec::new());
                return;
            }
        }
    }
    let _ = writer.shutdown(Shutdown::Both);
}

fn message(status: u16, headers: &[(&str, String)], body: &[u8], no_body: bool) -> Vec<u8> {
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines: String = lines.collect();
    let head = format!("HTTP/1.1 {status} X\r\n{lines}content-length: {}\r\n\r\n", body.len());
    let mut message = head.into_bytes();
    if !no_body {
        message.extend_from_slice(body);
    }
    message
}

/// The next request; `None` at the connection's end, or when it is no HTTP.
fn read_request(reader: &mut BufReader<TcpStream>, port: u16) -> Option<Request> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new(), port };
    let length = request.header("content-length").map_or(Some(0), |text| text.parse().ok())?;
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

fn read_line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    match reader.read_line(&mut line) {
        Ok(1..) => Some(line.trim_end().to_owned()),
        _ => None,
    }
}
