//! An HTTP/1.1 request as it is written to a connection.

use super::request::Request;

/// A request that can be wrong in every byte.
///
/// One rule: a server must not have to wait for the rest of it. What does not come is no mutation but a
/// slow client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Http {
    pub(super) method: String,
    pub(super) target: Vec<u8>,
    pub(super) version: Vec<u8>,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) line_end: &'static [u8],
}

impl Http {
    /// The right way to write `request`. `None` if its URL has no server.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let (_, rest) = request.url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut headers = vec![pair("Host", host)];
        headers.extend(request.headers.iter().map(|(name, value)| pair(name, value)));
        if !request.body.is_empty() || request.method == "POST" {
            headers.push(pair("Content-Length", &request.body.len().to_string()));
        }
        headers.push(pair("Connection", "close"));
        Some(Self {
            method: request.method.clone(),
            target: if path.is_empty() { b"/".to_vec() } else { path.into() },
            version: b"HTTP/1.1".to_vec(),
            headers,
            body: request.body.clone(),
            line_end: b"\r\n",
        })
    }

    /// Byte for byte.
    pub(super) fn wire(&self) -> Vec<u8> {
        let mut out = [self.method.as_bytes(), b" ", &self.target, b" ", &self.version].concat();
        for (name, value) in &self.headers {
            out.extend([self.line_end, name, b": ", value].concat());
        }
        out.extend([self.line_end, self.line_end, &self.body].concat());
        out
    }

    /// The first header `name`.
    pub(super) fn header_mut(&mut self, name: &str) -> Option<&mut (Vec<u8>, Vec<u8>)> {
        self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Leaves out all headers `name`; `None` if there are none.
    pub(super) fn remove(&mut self, name: &str) -> Option<()> {
        let before = self.headers.len();
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_bytes()));
        (self.headers.len() < before).then_some(())
    }

    /// One more header, the first of all.
    pub(super) fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.headers.insert(0, (name.into(), value.as_ref().to_vec()));
    }
}

/// The bytes of `request` as they go over a new connection. `None` if its URL names no server.
pub fn wire(request: &Request) -> Option<Vec<u8>> {
    Http::of(request).map(|http| http.wire())
}

fn pair(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
    (name.into(), value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_request_is_right() {
        let request = Request {
            method: "POST".into(),
            url: "http://127.0.0.1:14000/new-order?x".into(),
            headers: vec![("Content-Type".into(), "application/jose+json".into())],
            body: b"{}".to_vec(),
        };
        let wire = Http::of(&request).expect("it has a server").wire();
        let expected = "POST /new-order?x HTTP/1.1\r\nHost: 127.0.0.1:14000\r\n\
            Content-Type: application/jose+json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        assert_eq!(String::from_utf8(wire).expect("text"), expected);
    }
}
