//! A DNS server of a few records, over UDP and TCP. Names that begin with `servfail`, `silent` or
//! `truncated` are answered so.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{RData, Record},
    serialize::binary::{BinDecodable, BinEncodable},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

type Records = Arc<Mutex<Vec<(String, RData)>>>;

/// A running server; it ends with the test's runtime.
pub(crate) struct DnsResponder {
    pub(crate) addr: SocketAddr,
    records: Records,
    asked: Arc<Mutex<Vec<String>>>,
}

impl DnsResponder {
    pub(crate) async fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = tcp.local_addr().expect("bound");
        let udp = UdpSocket::bind(addr).await.expect("the port is free for UDP too");
        let (records, asked) = (Records::default(), Arc::default());
        tokio::spawn(serve_udp(udp, Arc::clone(&records), Arc::clone(&asked)));
        tokio::spawn(serve_tcp(tcp, Arc::clone(&records), Arc::clone(&asked)));
        Self { addr, records, asked }
    }

    pub(crate) fn add(&self, name: &str, data: RData) {
        self.records.lock().expect("nobody panics with it").push((name.to_owned(), data));
    }

    /// What was asked so far, such as `TXT _acme-challenge.a.com`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics with it").clone()
    }
}

type Asked = Arc<Mutex<Vec<String>>>;

async fn serve_udp(socket: UdpSocket, records: Records, asked: Asked) {
    let mut packet = [0; 4096];
    while let Ok((length, peer)) = socket.recv_from(&mut packet).await {
        if let Some(answer) = answer(&packet[..length], &records, &asked, true) {
            // The client may have gone by then.
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, records: Records, asked: Asked) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (records, asked) = (Arc::clone(&records), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok(length) = stream.read_u16().await {
                let mut packet = vec![0; usize::from(length)];
                if stream.read_exact(&mut packet).await.is_err() {
                    return;
                }
                if let Some(answer) = answer(&packet, &records, &asked, false) {
                    let length = u16::try_from(answer.len()).expect("it is short");
                    let framed = [&length.to_be_bytes()[..], &answer].concat();
                    // The client may have gone by then.
                    let _ = stream.write_all(&framed).await;
                }
            }
        });
    }
}

fn answer(packet: &[u8], records: &Records, asked: &Asked, udp: bool) -> Option<Vec<u8>> {
    let query = Message::from_bytes(packet).ok()?;
    let question = query.queries.first()?.clone();
    let name = question.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let told = format!("{} {name}", question.query_type());
    asked.lock().expect("nobody panics with it").push(told);
    let mut answer = Message::response(query.id, query.op_code);
    answer.add_query(question.clone());
    let named = name.trim_start_matches("_acme-challenge.");
    if named.starts_with("silent") {
        return None;
    } else if named.starts_with("servfail") {
        answer.metadata.response_code = ResponseCode::ServFail;
    } else if named.starts_with("truncated") && udp {
        answer.metadata.truncation = true;
    } else {
        for (owner, data) in records.lock().expect("nobody panics with it").iter() {
            if *owner == name && data.record_type() == question.query_type() {
                let record = Record::from_rdata(question.name().clone(), 1, data.clone());
                answer.add_answer(record);
            }
        }
    }
    answer.to_bytes().ok()
}
