//! A TLS server that shows, by the name it is asked for, whatever certificate a test gave it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::Acceptor,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::LazyConfigAcceptor;

#[derive(Default)]
struct Content {
    /// By the name in SNI.
    servers: Mutex<HashMap<String, Arc<ServerConfig>>>,
    /// Bodies by path.
    pages: Mutex<HashMap<String, String>>,
}

/// A running server; it ends with the test's runtime.
pub(crate) struct TlsResponder {
    pub(crate) port: u16,
    content: Arc<Content>,
}

impl TlsResponder {
    /// Listens on a free port of `ip`.
    pub(crate) async fn start(ip: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let content = Arc::new(Content::default());
        let served = Arc::clone(&content);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream, Arc::clone(&served)));
            }
        });
        Self { port, content }
    }

    /// From now on, whoever asks for `sni` is shown a self-signed certificate for `sans`.
    pub(crate) fn show(
        &self,
        sni: &str,
        sans: &[&str],
        extensions: Vec<CustomExtension>,
        alpn: &[&[u8]],
    ) {
        let sans: Vec<String> = sans.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(sans).expect("names");
        params.custom_extensions = extensions;
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = provider.key_provider.load_private_key(key).expect("a key");
        // Not checked against its key, which webpki refuses to do for such certificates.
        let certified = CertifiedKey::new(vec![certificate.der().clone()], key);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let mut servers = self.content.servers.lock().expect("nobody panics with it");
        servers.insert(sni.to_owned(), Arc::new(config));
    }

    /// From now on, a GET of `path` is answered with `body`.
    pub(crate) fn page(&self, path: &str, body: &str) {
        let mut pages = self.content.pages.lock().expect("nobody panics with it");
        pages.insert(path.to_owned(), body.to_owned());
    }
}

/// `None` when the client went away, or asked for a name that is not served.
async fn respond(stream: TcpStream, content: Arc<Content>) -> Option<()> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
    let name = start.client_hello().server_name()?.to_owned();
    let config = content.servers.lock().expect("nobody panics with it").get(&name)?.clone();
    let mut stream = start.into_stream(config).await.ok()?;
    let mut head = [0; 4096];
    let length = stream.read(&mut head).await.ok()?;
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let path = head.split(' ').nth(1)?;
    let body = content.pages.lock().expect("nobody panics with it").get(path).cloned();
    let answer = match body {
        Some(body) => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
    };
    stream.write_all(answer.as_bytes()).await.ok()
}
