//! Answers HTTP-01 for one account key, rightly or wrongly, by the name that is asked for.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Starts a responder for the key with `thumbprint` on a free port.
pub(crate) async fn start(thumbprint: String) -> SocketAddr {
    start_at("127.0.0.1", thumbprint).await
}

/// The same, at another address of this machine.
pub(crate) async fn start_at(ip: &str, thumbprint: String) -> SocketAddr {
    let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(respond(stream, thumbprint.clone(), addr.port()));
        }
    });
    addr
}

async fn respond(mut stream: TcpStream, thumbprint: String, port: u16) {
    let mut head = vec![0; 4096];
    let mut length = 0;
    while length < head.len() && !head[..length].ends_with(b"\r\n\r\n") {
        match stream.read(&mut head[length..]).await {
            Ok(0) | Err(_) => return,
            Ok(read) => length += read,
        }
    }
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    if let Some(answer) = answer(&head, &thumbprint, port) {
        // The CA may have gone by then.
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

/// The answer to the request `head`; none closes the connection.
fn answer(head: &str, thumbprint: &str, port: u16) -> Option<String> {
    let path = head.split(' ').nth(1)?;
    let host = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned))?;
    let token = path.strip_prefix("/.well-known/acme-challenge/")?;
    let right = format!("{token}.{thumbprint}");
    let redirect = |to: String| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n");
    Some(match host.split('.').next()? {
        "wrong" => content(&format!("{token}.other")),
        "missing" => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "large" => content(&right.repeat(100)),
        "newline" => content(&format!("{right}\r\n")),
        "moved" => redirect(format!("http://target.example:{port}{path}")),
        "relative" => redirect(format!("//relative2.example{path}")),
        "loop" => redirect(path.to_owned()),
        "elsewhere" => redirect(format!("http://target.example:1{path}")),
        "secure" => redirect(format!("https://target.example{path}")),
        "address" => redirect(format!("http://127.0.0.1{path}")),
        "closing" => return None,
        _ => content(&right),
    })
}

fn content(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
