//! The terms of service that new accounts agree to (RFC 8555 §7.3).

use super::{call::Call, reply::Reply, route::Outcome};

pub(super) const PATH: &str = "/terms";

const TEXT: &str = "This CA is for tests. Its certificates are good for nothing else.\n";

pub(super) fn get(_: &Call<'_>) -> Outcome {
    Ok(Reply::content("text/plain; charset=utf-8", TEXT))
}
