//! The list of revoked certificates for everybody (RFC 5280 §4.2.1.13).

use super::{call::Call, reply::Reply, route::Outcome};
use crate::ca::problem::{ErrorType, Problem};

pub(super) const PATH: &str = "/acme/crl";

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let der = call.ca.crl.der(&call.ca.store, &call.ca.issuer).map_err(|error| {
        let detail = format!("the revocation list cannot be signed: {error}");
        Problem::new(ErrorType::ServerInternal, detail)
    })?;
    Ok(Reply::content("application/pkix-crl", der)) // RFC 2585 §4.2
}
