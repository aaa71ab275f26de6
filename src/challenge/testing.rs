//! A CA's side of a challenge, for the tests of this folder.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::Arc;

use super::misbehaviour::{Misbehaviour, Parameters};
use super::options::ChallengeOptions;
use super::server::Server;
use super::store::Store;
use super::table::Published;

pub(super) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A server on free ports, two for HTTP-01 and one for TLS.
pub(super) fn start(addr: IpAddr) -> (Server, Arc<Store>) {
    let store = Arc::new(Store::default());
    let options = ChallengeOptions {
        addr,
        http_ports: vec![0, 0],
        tls_ports: vec![0],
        ..ChallengeOptions::default()
    };
    (Server::start(&options, &store).expect("free ports"), store)
}

/// A request that ends its connection.
pub(super) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
}

/// Sends `request` and reads until the server closes.
pub(super) fn exchange(addr: IpAddr, port: u16, request: &str) -> String {
    let stream = TcpStream::connect((addr, port)).expect("connects");
    let mut answer = String::new();
    say(stream, request).read_to_string(&mut answer).expect("reads");
    answer
}

/// Sends `request`; the answer is left to be read.
pub(super) fn say<T: Read + Write>(mut stream: T, request: &str) -> T {
    stream.write_all(request.as_bytes()).expect("sends");
    stream
}

/// Has `word` go wrong for `domain`, over HTTP or TLS.
pub(super) fn misbehave(
    store: &Store,
    domain: &str,
    http: Option<&str>,
    tls: Option<&str>,
    parameters: &Parameters,
) -> Published {
    let made = Misbehaviour::from_words(http, tls, None, parameters).expect("known words");
    store.misbehaviours.publish(domain, Arc::new(made))
}
