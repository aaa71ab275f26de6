//! Nonces on request (RFC 8555 §7.2).

use hyper::{Method, StatusCode};

use super::{call::Call, reply::Reply};

pub(super) fn get(call: &Call<'_>) -> Reply {
    let status = if *call.method == Method::HEAD { StatusCode::OK } else { StatusCode::NO_CONTENT };
    Reply::empty(status).with_nonce(call.ca)
}
