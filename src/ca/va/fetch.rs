//! One GET of a validation: over HTTP, or over HTTPS with whatever certificate.

use bytes::Bytes;
use futures_util::future::join;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, CONNECTION, HOST, LOCATION, USER_AGENT},
    rt,
};
use hyper_util::rt::TokioIo;
use url::{Host, Url};

use super::{
    Perspective,
    connect::{connect, connection_problem},
    tls,
};
use crate::ca::problem::Problem;

/// What is looked for has about 90 bytes.
const MAX_BODY_BYTES: usize = 1024;

pub(in crate::ca) enum Answer {
    /// The body of a 200.
    Content(Bytes),
    /// The `Location` of a redirect.
    Redirect(String),
}

/// Fetches `url` over a connection of its own, closed afterwards. Its port is not looked at: the
/// perspective says which ones stand for 80 and 443.
pub(in crate::ca) async fn get(perspective: &Perspective, url: &Url) -> Result<Answer, Problem> {
    // Without the brackets that URLs have around IPv6 addresses.
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(ip)) => ip.to_string(),
        None => return Err(connection_problem(format!("{url} has no host"))),
    };
    if url.scheme() == "https" {
        let stream = tls::handshake(perspective, &host, &host, &perspective.tls_plain).await?;
        exchange(url, TokioIo::new(stream)).await
    } else {
        let stream = connect(perspective, &host, perspective.http_port).await?;
        exchange(url, TokioIo::new(stream)).await
    }
}

async fn exchange(url: &Url, io: impl rt::Read + rt::Write + Unpin) -> Result<Answer, Problem> {
    let failed =
        |error: &dyn std::fmt::Display| connection_problem(format!("fetching {url}: {error}"));
    let (mut sender, connection) = http1::handshake(io).await.map_err(|e| failed(&e))?;
    let request = request(url).map_err(|e| failed(&e))?;
    let exchange = async move {
        let response = sender.send_request(request).await.map_err(|e| failed(&e))?;
        read(url, response).await
    };
    // The connection ends with the exchange, since that drops the sender. Its own error adds
    // nothing: the exchange fails with it.
    join(exchange, connection).await.0
}

fn request(url: &Url) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    Request::get(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(HOST, host)
        .header(USER_AGENT, "coyote-ca")
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Empty::new())
}

async fn read(url: &Url, response: Response<Incoming>) -> Result<Answer, Problem> {
    let status = response.status();
    if let (true, Some(location)) = (status.is_redirection(), response.headers().get(LOCATION)) {
        return Ok(Answer::Redirect(String::from_utf8_lossy(location.as_bytes()).into_owned()));
    }
    if status != StatusCode::OK {
        return Err(Problem::unauthorized(format!("{url} answers {status}, not 200")));
    }
    let body = Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await;
    match body {
        Ok(body) => Ok(Answer::Content(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::unauthorized(format!("{url} answers more than {MAX_BODY_BYTES} bytes")))
        }
        Err(error) => Err(connection_problem(format!("reading {url}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_the_name_for_the_path() {
        let asked = |url: &str| {
            let request = request(&Url::parse(url).expect("a URL")).expect("a request");
            let host = request.headers()[HOST].to_str().expect("ASCII").to_owned();
            (request.uri().to_string(), host)
        };
        let pair = |path: &str, host: &str| (path.to_owned(), host.to_owned());
        assert_eq!(asked("http://a.com/x?q#f"), pair("/x?q", "a.com"));
        assert_eq!(asked("http://[::1]:5002/"), pair("/", "[::1]:5002"));
    }
}
