//! What goes wrong over HTTP on purpose.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderValue, LOCATION};
use hyper::{Response, StatusCode, Uri};

use super::body::{self, Body};
use crate::challenge::misbehaviour::{HttpFault, LONGEST_WAIT};

/// The query that counts redirects.
const HOP: &str = "hop=";

/// Ends the connection with a TCP reset.
#[derive(Debug, thiserror::Error)]
#[error("to be reset on purpose")]
pub(super) struct Reset;

/// When to answer a request for `uri`, and with what. `right` makes the right answer.
pub(super) fn answer(
    fault: &HttpFault,
    uri: &Uri,
    right: impl FnOnce() -> Response<Body>,
) -> (Duration, Result<Response<Body>, Reset>) {
    let response = match fault {
        HttpFault::WrongBody(bytes) => Response::new(body::of(bytes.clone())),
        HttpFault::Empty => Response::new(body::of(Bytes::new())),
        HttpFault::Huge => Response::new(body::huge()),
        HttpFault::Status(status) => with_status(*status, right()),
        HttpFault::Redirect(to) => redirect(to.clone()),
        HttpFault::RedirectLoop => redirect_to_path(uri.path()),
        HttpFault::TooManyRedirects => redirect_to_path(&next_hop(uri)),
        HttpFault::Slow(delay) => return (*delay, Ok(right())),
        HttpFault::Reset => return (Duration::ZERO, Err(Reset)),
        HttpFault::NoAnswer => return (LONGEST_WAIT, Err(Reset)),
    };
    (Duration::ZERO, Ok(response))
}

fn with_status(status: StatusCode, mut response: Response<Body>) -> Response<Body> {
    *response.status_mut() = status;
    response
}

pub(super) fn redirect(to: HeaderValue) -> Response<Body> {
    let mut response = with_status(StatusCode::FOUND, Response::new(body::of(Bytes::new())));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// A redirect that stays at this host, port and scheme.
fn redirect_to_path(path: &str) -> Response<Body> {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    redirect(to)
}

fn next_hop(uri: &Uri) -> String {
    let hop = uri.query().and_then(|query| query.strip_prefix(HOP)?.parse::<u64>().ok());
    format!("{}?{HOP}{}", uri.path(), hop.unwrap_or(0).wrapping_add(1))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpStream;

    use bytes::Bytes;

    use super::*;
    use crate::challenge::misbehaviour::Parameters;
    use crate::challenge::testing::{V4, exchange, get, misbehave, say, start};

    const PATH: &str = "/.well-known/acme-challenge/tok";

    /// The answer of a server where `word` goes wrong for a.example.
    fn served(word: &str, parameters: &Parameters, path: &str) -> String {
        let (server, store) = start(V4);
        let _published = store.http01.publish("tok", Bytes::from("tok.print"));
        let _bad = misbehave(&store, "a.example", Some(word), None, parameters);
        let port = server.http_ports()[0];
        let other = get(path).replace("a.example", "b.example:5002");
        let right = exchange(V4, port, &other);
        assert!(right.starts_with("HTTP/1.1 200") && right.ends_with("tok.print"), "{right}");
        exchange(V4, port, &get(path).replace("a.example", "A.Example:5002"))
    }

    fn head_and_body(word: &str) -> (String, String) {
        let answer = served(word, &Parameters::default(), PATH);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }

    #[test]
    fn bodies_misbehave() {
        let (head, body) = head_and_body("wrong_body");
        assert!(head.starts_with("HTTP/1.1 200") && body == "this is not the answer", "{body}");
        let (head, body) = head_and_body("empty");
        assert!(head.starts_with("HTTP/1.1 200") && body.is_empty(), "{body}");
        assert!(head_and_body("huge").1.len() > 1024 * 1024);
        let body = Some(Bytes::from("mine"));
        let answer = served("wrong_body", &Parameters { body, ..Parameters::default() }, PATH);
        assert!(answer.ends_with("\r\n\r\nmine"), "{answer}");
    }

    #[test]
    fn statuses_misbehave_with_the_right_body() {
        for (word, status) in [("not_found", "404"), ("status", "500")] {
            let (head, body) = head_and_body(word);
            assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
            assert_eq!(body, "tok.print");
        }
    }

    #[test]
    fn redirects_misbehave() {
        let location = |word, path| {
            let answer = served(word, &Parameters::default(), path);
            assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
            let line = answer.lines().find_map(|line| line.strip_prefix("location: "));
            line.expect("a location").to_owned()
        };
        assert_eq!(location("redirect", PATH), "http://127.0.0.1:1/");
        assert_eq!(location("redirect_loop", PATH), PATH);
        let next = location("too_many_redirects", PATH);
        assert_eq!(next, format!("{PATH}?hop=1"));
        assert_eq!(location("too_many_redirects", &next), format!("{PATH}?hop=2"));
    }

    #[test]
    fn a_slow_answer_is_right() {
        let delay = Duration::from_millis(50);
        let parameters = Parameters { delay: Some(delay), ..Parameters::default() };
        let began = std::time::Instant::now();
        let answer = served("slow", &parameters, PATH);
        assert!(began.elapsed() >= delay);
        assert!(answer.ends_with("tok.print"), "{answer}");
    }

    #[test]
    fn connections_misbehave() {
        let (server, store) = start(V4);
        let port = server.http_ports()[0];
        let ask = |word, host| {
            let bad = misbehave(&store, host, Some(word), None, &Parameters::default());
            let stream = TcpStream::connect((V4, port)).expect("connects");
            stream.set_read_timeout(Some(Duration::from_millis(100))).expect("can be set");
            let request = get(PATH).replace("a.example", host);
            (say(stream, &request).read(&mut [0; 1]).expect_err("no answer").kind(), bad)
        };
        assert_eq!(ask("reset", "a.example").0, std::io::ErrorKind::ConnectionReset);
        assert_eq!(ask("no_answer", "127.0.0.1").0, std::io::ErrorKind::WouldBlock);
    }
}
