//! Nonces on request (RFC 8555 §7.2).

use hyper::{Method, StatusCode};

use super::{call::Call, reply::Reply, route::Outcome};

pub(super) fn get(call: &Call<'_>) -> Outcome {
    Ok(match *call.method {
        // Whoever answers a POST adds the nonce.
        Method::POST => Reply::empty(StatusCode::NO_CONTENT),
        Method::HEAD => Reply::empty(StatusCode::OK).with_nonce(call.ca),
        _ => Reply::empty(StatusCode::NO_CONTENT).with_nonce(call.ca),
    })
}
