//! The question within an HTTP request (RFC 8484 section 4.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode};

use crate::challenge::request_body::{self, BodyError};

pub(super) const DNS_MESSAGE: &str = "application/dns-message";
/// No DNS message is longer (RFC 1035 section 4.2.2).
const MESSAGE_MAX_BYTES: usize = 65_535;

/// What the request asks, or the status that says why it asks nothing. Its path does not matter: it
/// is for the client's URI template to say.
pub(super) async fn question<B>(request: Request<B>) -> Result<Bytes, StatusCode>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (head, body) = request.into_parts();
    // Read whatever it is for: clients give up on an answer that comes before all was sent.
    let body = request_body::read(body, MESSAGE_MAX_BYTES, request_body::PATIENCE).await;
    let body = body.map_err(|error| match error {
        BodyError::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
        BodyError::Broken(_) => StatusCode::BAD_REQUEST,
    })?;
    match head.method {
        Method::GET => from_query(head.uri.query().unwrap_or_default()),
        Method::POST => match head.headers.get(CONTENT_TYPE) {
            Some(content_type) if is_dns_message(content_type) => Ok(body),
            _ => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        },
        _ => Err(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// Media types have no case (RFC 9110 section 8.3.1); of this one's parameters none is defined.
fn is_dns_message(content_type: &HeaderValue) -> bool {
    let text = content_type.to_str().unwrap_or_default();
    let media_type = text.split_once(';').map_or(text, |(media_type, _)| media_type);
    media_type.trim_end().eq_ignore_ascii_case(DNS_MESSAGE)
}

fn from_query(query: &str) -> Result<Bytes, StatusCode> {
    let given = query.split('&').find_map(|pair| pair.strip_prefix("dns="));
    let encoded = given.ok_or(StatusCode::BAD_REQUEST)?;
    // Padding must not be there, but is what some clients send.
    let decoded = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('='));
    decoded.map(Bytes::from).map_err(|_| StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    static OVERLONG: &[u8] = &[0; 65_536];

    async fn read(method: Method, uri: &str, content_type: &str, body: &[u8]) -> (u16, Bytes) {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::copy_from_slice(body)))
            .expect("a request");
        match question(request).await {
            Ok(bytes) => (200, bytes),
            Err(status) => (status.as_u16(), Bytes::new()),
        }
    }

    #[tokio::test]
    async fn both_methods_carry_a_question() {
        let get = |uri: &'static str| read(Method::GET, uri, "", b"");
        assert_eq!(get("/dns-query?dns=AAE").await, (200, Bytes::from_static(&[0, 1])));
        assert_eq!(get("/dns-query?x=1&dns=AAE%3D").await.0, 400);
        assert_eq!(get("/dns-query?dns=AAE=").await.0, 200);
        assert_eq!(get("/dns-query").await.0, 400);
        let post = |kind: &'static str, body: &'static [u8]| read(Method::POST, "/", kind, body);
        assert_eq!(post(DNS_MESSAGE, b"x").await, (200, Bytes::from_static(b"x")));
        assert_eq!(post("Application/DNS-message ; x=y", b"x").await.0, 200);
        assert_eq!(post("text/plain", b"x").await.0, 415);
        assert_eq!(post(DNS_MESSAGE, OVERLONG).await.0, 413);
        assert_eq!(read(Method::PUT, "/", DNS_MESSAGE, b"x").await.0, 405);
    }
}
