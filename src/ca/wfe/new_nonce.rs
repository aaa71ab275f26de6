//! Nonces on request (RFC 8555 §7.2).

use hyper::{Method, StatusCode};

use super::{call::Call, reply::Reply, route::Outcome};

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let status = if *call.method == Method::HEAD { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Ok(Reply::empty(status).with_nonce(call.ca))
}
