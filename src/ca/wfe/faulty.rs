//! What is answered when something is to go wrong on purpose.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{HeaderValue, RETRY_AFTER},
};

use super::{answer::Received, body, reply::Reply};
use crate::ca::{
    faults::What,
    problem::{ErrorType, Problem},
};

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(in crate::ca) struct Closed;

/// The answer that `fault` puts in place of the right one; the request has no effect.
pub(super) async fn answer(
    received: &Received,
    fault: What,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, Closed> {
    // hyper closes connections whose requests were not read: that is a fault of its own.
    body::discard(body).await;
    match fault {
        What::Close => Err(Closed),
        What::Html(status) => Ok(page(status)),
        What::Status { status, retry_after_s } => {
            Ok(received.complete(Err(problem(status, retry_after_s))))
        }
        // Neither the CA's headers nor a body. The last two are never struck here.
        What::Empty | What::Slow(_) | What::Nonce => {
            Ok(Reply::empty(StatusCode::OK).into_response())
        }
    }
}

fn problem(status: StatusCode, retry_after_s: Option<u64>) -> Problem {
    let error_type = match status {
        StatusCode::TOO_MANY_REQUESTS => ErrorType::RateLimited,
        _ => ErrorType::ServerInternal,
    };
    let problem =
        Problem::new(error_type, "this request is to fail on purpose").with_status(status);
    match retry_after_s {
        Some(seconds) => problem.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
        None => problem,
    }
}

/// What a proxy shows when its backend is in trouble; it knows nothing of nonces.
fn page(status: StatusCode) -> Response<Full<Bytes>> {
    let title = status.canonical_reason().unwrap_or("Error");
    let text = format!(
        "<!DOCTYPE html>\n<html><head><title>{0} {title}</title></head>\n\
         <body><h1>{0} {title}</h1></body></html>\n",
        status.as_u16()
    );
    Reply::content("text/html; charset=utf-8", text).with_status(status).into_response()
}
