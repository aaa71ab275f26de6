//! HTTP-01 (RFC 8555 §8.3): the key authorization at a well-known URL of the name.

use std::net::Ipv4Addr;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{ACCEPT, CONNECTION, HOST, LOCATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

use super::{Attempt, Validator};
use crate::ca::{
    identifier::Identifier,
    problem::{ErrorType, Problem},
};

const MAX_REDIRECTS: usize = 10;
/// A key authorization has about 90 bytes.
const MAX_BODY_BYTES: usize = 1024;
/// How much of a wrong answer an error quotes.
const QUOTED_CHARS: usize = 100;

pub(super) struct Http01;

impl Validator for Http01 {
    fn challenge_type(&self) -> &'static str {
        "http-01"
    }

    /// §8.3: one host answering says nothing of all hosts below a name.
    fn offers(&self, identifier: &Identifier) -> bool {
        !identifier.is_wildcard()
    }

    fn validate<'a>(&'a self, attempt: &'a Attempt) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(validate(attempt))
    }
}

async fn validate(attempt: &Attempt) -> Result<(), Problem> {
    let first = format!("http://{}/.well-known/acme-challenge/{}", attempt.name, attempt.token);
    let mut url = Url::parse(&first)
        .map_err(|error| connection_problem(format!("{first} is no URL: {error}")))?;
    for _ in 0..=MAX_REDIRECTS {
        match get(&url, attempt.settings.http_port).await? {
            Answer::Content(body) => return compare(&url, &body, &attempt.key_authorization),
            Answer::Redirect(location) => {
                url = follow(&url, &location, attempt.settings.http_port)?;
            }
        }
    }
    Err(connection_problem(format!("{first} leads to more than {MAX_REDIRECTS} redirects")))
}

enum Answer {
    Content(Bytes),
    Redirect(String),
}

/// One GET over a connection of its own, closed afterwards.
async fn get(url: &Url, http_port: u16) -> Result<Answer, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        connection_problem(format!("fetching {url} from port {http_port}: {error}"))
    };
    // Every name is this machine.
    let stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, http_port)).await.map_err(|e| failed(&e))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e))?;
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
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Problem::unauthorized(format!("{url} answers more than {MAX_BODY_BYTES} bytes")))
        }
        Err(error) => Err(connection_problem(format!("reading {url}: {error}"))),
    }
}

/// Where a redirect leads, which must again be HTTP at the port of validations.
fn follow(from: &Url, location: &str, http_port: u16) -> Result<Url, Problem> {
    let refused =
        |why: &str| connection_problem(format!("{from} redirects to {location:?}, {why}"));
    let url = from.join(location).map_err(|error| refused(&error.to_string()))?;
    if url.scheme() != "http" {
        return Err(refused("which is not http"));
    }
    // 80 is what the public Internet has where tests have `http_port`.
    if url.port().is_some_and(|port| port != http_port && port != 80) {
        return Err(refused("at a port where nothing is validated"));
    }
    if !matches!(url.host(), Some(url::Host::Domain(_))) {
        return Err(refused("which is not a host name"));
    }
    Ok(url)
}

fn compare(url: &Url, body: &[u8], key_authorization: &str) -> Result<(), Problem> {
    // §8.3 has whitespace at the end ignored.
    if body.trim_ascii_end() == key_authorization.as_bytes() {
        return Ok(());
    }
    let quoted: String = String::from_utf8_lossy(body).chars().take(QUOTED_CHARS).collect();
    Err(Problem::unauthorized(format!(
        "{url} does not answer the key authorization {key_authorization:?} but {quoted:?}"
    )))
}

fn connection_problem(detail: String) -> Problem {
    Problem::new(ErrorType::Connection, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn only_whitespace_at_the_end_is_forgiven() {
        let url = url("http://a.com/");
        for body in ["t.k", "t.k\n", "t.k \r\n"] {
            assert_eq!(compare(&url, body.as_bytes(), "t.k"), Ok(()), "{body:?}");
        }
        for body in ["", " t.k", "t.kk", "t", "T.K"] {
            let problem = compare(&url, body.as_bytes(), "t.k").expect_err(body);
            assert_eq!(problem.error_type, ErrorType::Unauthorized);
        }
    }

    #[test]
    fn redirects_stay_with_http() {
        let from = url("http://a.com/x/y");
        for (location, to) in [
            ("/z", "http://a.com/z"),
            ("z", "http://a.com/x/z"),
            ("//b.com/z", "http://b.com/z"),
            ("http://b.com:5002/z?q", "http://b.com:5002/z?q"),
        ] {
            assert_eq!(follow(&from, location, 5002), Ok(url(to)), "{location}");
        }
        for location in ["https://a.com/", "http://a.com:1/", "http://127.0.0.1/", "ftp://a.com/"] {
            assert!(follow(&from, location, 5002).is_err(), "{location}");
        }
    }

    #[test]
    fn asks_the_name_for_the_path() {
        let request = request(&url("http://a.com/x?q#f")).expect("a request");
        assert_eq!(
            (request.uri().to_string().as_str(), &request.headers()[HOST]),
            ("/x?q", &"a.com".parse().expect("a value"))
        );
    }

    #[test]
    fn wildcards_are_not_for_http() {
        assert!(!Http01.offers(&Identifier::Dns("*.a.com".to_owned())));
        assert!(Http01.offers(&Identifier::Dns("a.com".to_owned())));
    }
}
