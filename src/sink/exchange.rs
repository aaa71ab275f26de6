//! One request and its answer, written out: what `coyote once` shows.

use std::fmt::Write;
use std::net::SocketAddr;

use super::body;
use super::human::{counted, millis, printable};
use super::jws::{self, Jws};
use super::style::{Paint, Style};
use crate::record::sample::Timings;

/// A request and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// GET, POST, ...
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The low-cardinality label.
    pub endpoint: String,
    /// As they were sent, in order.
    pub request_headers: Vec<(String, String)>,
    /// As it was sent.
    pub request_body: Vec<u8>,
    /// The answer's status; none without an answer.
    pub status: Option<u16>,
    /// The words after the status, such as `Created`; all there is to say where no HTTP is spoken.
    pub reason: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// As they came, in order.
    pub response_headers: Vec<(String, String)>,
    /// As it came.
    pub response_body: Vec<u8>,
    /// What is wrong, if it is.
    pub error: Option<String>,
    /// How the time was spent.
    pub timings: Timings,
    /// Whether the connection had carried a request before.
    pub reused: bool,
    /// Our end of the connection; 0 without one.
    pub local_port: u16,
    /// Their end.
    pub remote: Option<SocketAddr>,
}

/// The whole exchange, ending with an empty line.
pub fn render(exchange: &Exchange, style: Style) -> String {
    let mut page = Page { style, out: String::new() };
    page.request(exchange);
    page.answer(exchange);
    page.out.push('\n');
    page.out
}

struct Page {
    style: Style,
    out: String,
}

impl Page {
    fn request(&mut self, exchange: &Exchange) {
        let Exchange { method, url, endpoint, request_body, .. } = exchange;
        self.title(Paint::Cyan, &format!("--> {method} {url}"), &format!("({endpoint})"));
        self.headers(&exchange.request_headers);
        match Jws::of(request_body) {
            Some(jws) => self.jws(&jws),
            None => self.body(request_body),
        }
    }

    fn answer(&mut self, exchange: &Exchange) {
        let paint = if exchange.error.is_some() { Paint::Red } else { Paint::Green };
        let title = match exchange.status {
            Some(status) => format!("<-- {status} {}", exchange.reason),
            None if exchange.error.is_none() => format!("<-- {}", exchange.reason),
            None => "<-- no answer".into(),
        };
        self.title(paint, title.trim_end(), &timings(&exchange.timings));
        if let Some(error) = &exchange.error {
            for line in printable(error).lines() {
                self.line(Paint::Red, line);
            }
        }
        if let Some(connection) = connection(exchange) {
            self.line(Paint::Dim, &connection);
        }
        self.headers(&exchange.response_headers);
        self.body(&exchange.response_body);
    }

    /// The part in colour, and what explains it.
    fn title(&mut self, paint: Paint, title: &str, more: &str) {
        let title = self.style.paint(paint, &printable(title).replace('\n', " "));
        _ = writeln!(self.out, "{title}  {}", printable(more).trim_end());
    }

    fn headers(&mut self, headers: &[(String, String)]) {
        for (name, value) in headers {
            let name = self.style.paint(Paint::Dim, &format!("{}:", printable(name)));
            _ = writeln!(self.out, "    {name} {}", printable(value));
        }
    }

    fn jws(&mut self, jws: &Jws) {
        self.out.push('\n');
        self.jws_part("JWS protected header", "empty", &jws.protected);
        self.jws_part("JWS payload", "empty (POST-as-GET)", &jws.payload);
        let signature = match jws::decode(&jws.signature) {
            Some(bytes) => counted(bytes.len() as u64, "byte"),
            None => format!("not base64url: {}", printable(&jws.signature)),
        };
        self.line(Paint::Dim, &format!("JWS signature: {signature}"));
        for name in jws.others() {
            self.line(Paint::Dim, &format!("JWS further member: {}", printable(name)));
        }
    }

    /// One of the encoded members; `empty` says what it means when it is.
    fn jws_part(&mut self, name: &str, empty: &str, encoded: &str) {
        match jws::decode(encoded) {
            Some(bytes) if bytes.is_empty() => self.line(Paint::Dim, &format!("{name}: {empty}")),
            Some(bytes) => {
                self.line(Paint::Dim, name);
                self.lines(&bytes);
            }
            None => {
                self.line(Paint::Dim, &format!("{name}: not base64url"));
                self.lines(encoded.as_bytes());
            }
        }
    }

    fn body(&mut self, body: &[u8]) {
        if !body.is_empty() {
            self.out.push('\n');
            self.lines(body);
        }
    }

    fn lines(&mut self, body: &[u8]) {
        for line in body::lines(body) {
            self.line(Paint::Plain, &line);
        }
    }

    fn line(&mut self, paint: Paint, line: &str) {
        let line = self.style.paint(paint, line);
        _ = writeln!(self.out, "{}", format!("    {line}").trim_end());
    }
}

/// `12.3 ms  (sending 400 µs, waiting 11.9 ms)`: the parts that took any time.
fn timings(timings: &Timings) -> String {
    let parts: Vec<_> = timings
        .parts()
        .into_iter()
        .filter(|(_, took)| !took.is_zero())
        .map(|(name, took)| format!("{name} {}", millis(took.as_secs_f64() * 1e3)))
        .collect();
    let duration = millis(timings.duration().as_secs_f64() * 1e3);
    if parts.is_empty() { duration } else { format!("{duration}  ({})", parts.join(", ")) }
}

/// `HTTP/1.1 from port 40000 to 127.0.0.1:14000, connection reused`.
fn connection(exchange: &Exchange) -> Option<String> {
    let remote = exchange.remote?;
    let (version, port) = (&exchange.version, exchange.local_port);
    let use_of_it = if exchange.reused { "connection reused" } else { "new connection" };
    Some(format!("{version} from port {port} to {remote}, {use_of_it}").trim_start().to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn headers(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn new_order() -> Exchange {
        let protected = r#"{"alg":"ES256","kid":"http://127.0.0.1:14000/account/1","nonce":"taroDvhk2aH7","url":"http://127.0.0.1:14000/new-order"}"#;
        let payload = r#"{"identifiers":[{"type":"dns","value":"a1b2.example.com"}]}"#;
        let [protected, payload] = [protected, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signature = URL_SAFE_NO_PAD.encode([7; 64]);
        Exchange {
            method: "POST".into(),
            url: "http://127.0.0.1:14000/new-order".into(),
            endpoint: "new-order".into(),
            request_headers: headers(&[("content-type", "application/jose+json")]),
            request_body: format!(
                r#"{{"protected":"{protected}","payload":"{payload}","signature":"{signature}"}}"#
            )
            .into(),
            status: Some(201),
            reason: "Created".into(),
            version: "HTTP/1.1".into(),
            response_headers: headers(&[
                ("content-type", "application/json"),
                ("location", "http://127.0.0.1:14000/order/1"),
                ("replay-nonce", "QbFnkKcMvRtL"),
            ]),
            response_body:
                br#"{"status":"pending","authorizations":["http://127.0.0.1:14000/authz/1"]}"#
                    .to_vec(),
            error: None,
            timings: Timings {
                sending: Duration::from_micros(40),
                waiting: Duration::from_micros(11_900),
                receiving: Duration::from_micros(360),
                ..Timings::default()
            },
            reused: true,
            local_port: 40_000,
            remote: Some(([127, 0, 0, 1], 14_000).into()),
        }
    }

    #[test]
    fn a_signed_request_and_its_answer() {
        let text = render(&new_order(), Style::PLAIN);
        assert_eq!(text, include_str!("exchange.expected.txt"), "\n{text}");
    }

    #[test]
    fn a_failure_says_what_it_is() {
        let text = render(
            &Exchange {
                status: None,
                error: Some("connect to 127.0.0.1:14000: connection refused".into()),
                timings: Timings { connecting: Duration::from_millis(3), ..Timings::default() },
                ..Exchange {
                    method: "GET".into(),
                    url: "http://127.0.0.1:14000/directory".into(),
                    endpoint: "directory".into(),
                    ..Exchange::default()
                }
            },
            Style::PLAIN,
        );
        let expected = "\
--> GET http://127.0.0.1:14000/directory  (directory)
<-- no answer  3.00 ms  (connecting 3.00 ms)
    connect to 127.0.0.1:14000: connection refused

";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_malformed_jws_is_shown_as_it_is() {
        let mut exchange = new_order();
        exchange.request_body =
            br#"{"protected":"a+b=","payload":"","signature":"!","header":{"alg":"none"}}"#
                .to_vec();
        let text = render(&exchange, Style::PLAIN);
        let expected = "
    JWS protected header: not base64url
    a+b=
    JWS payload: empty (POST-as-GET)
    JWS signature: not base64url: !
    JWS further member: header
<-- 201";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn nothing_the_target_sends_steers_the_terminal() {
        let mut exchange = new_order();
        exchange.reason = "\x1b[2J".into();
        exchange.response_headers = headers(&[("x", "\x1b[2J")]);
        exchange.response_body = b"\x1b[2J".to_vec();
        exchange.error = Some("\x1b[2J".into());
        assert!(!render(&exchange, Style::PLAIN).contains('\x1b'));
    }
}
