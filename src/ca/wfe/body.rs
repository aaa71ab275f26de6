//! Reading a POST: its headers and its body, within limits.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{HeaderMap, StatusCode, body::Incoming, header::CONTENT_TYPE};
use tokio::time::timeout;

use crate::ca::problem::Problem;

/// The largest CSR of 100 names, signed with RSA, stays below half of it.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How much of a larger one is read all the same: closing a connection with unread data resets it, and
/// the client then loses the answer that says why.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const JOSE_JSON: &str = "application/jose+json";

/// The body of a POST with the headers that RFC 8555 §6.2 asks for.
pub(super) async fn read(headers: &HeaderMap, body: Incoming) -> Result<Bytes, Problem> {
    if headers.get(CONTENT_TYPE).is_none_or(|value| !is_jose_json(value.as_bytes())) {
        return Err(Problem::malformed(format!("the Content-Type is not {JOSE_JSON}"))
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    if headers.contains_key("replay-nonce") {
        // §6.5.1
        return Err(Problem::malformed("a request must not have a Replay-Nonce header"));
    }
    let body = read_any(body).await?;
    if body.is_empty() { Err(Problem::malformed("the body is empty")) } else { Ok(body) }
}

/// The body of a request, within limits.
pub(super) async fn read_any(body: Incoming) -> Result<Bytes, Problem> {
    let collected = timeout(READ_TIMEOUT, collect(body)).await.map_err(|_| {
        Problem::malformed(format!("the body did not arrive within {READ_TIMEOUT:?}"))
            .with_status(StatusCode::REQUEST_TIMEOUT)
    })?;
    match collected {
        Ok(Some(body)) => Ok(body),
        Ok(None) => {
            Err(Problem::malformed(format!("the body has more than {MAX_BODY_BYTES} bytes"))
                .with_status(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(error) => Err(Problem::malformed(format!("the body cannot be read: {error}"))),
    }
}

/// All of `body`; `None` if it is too large.
async fn collect(body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut body = body;
    let mut kept = Vec::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        size += data.len();
        if size <= MAX_BODY_BYTES {
            kept.extend_from_slice(&data);
        } else if size > MAX_DISCARDED_BYTES {
            break;
        }
    }
    Ok((size <= MAX_BODY_BYTES).then(|| Bytes::from(kept)))
}

/// Reads a body that nobody looks at, within the same limits.
pub(super) async fn discard(body: Incoming) {
    // Whatever is wrong with it shows at the next request of the connection, if at all.
    let _ = read_any(body).await;
}

fn is_jose_json(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(JOSE_JSON.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_content_type_will_do() {
        assert!(is_jose_json(b"application/jose+json"));
        assert!(is_jose_json(b"Application/JOSE+JSON"));
        for value in ["", "application/json", "application/jose+json; charset=utf-8"] {
            assert!(!is_jose_json(value.as_bytes()), "{value}");
        }
    }
}
