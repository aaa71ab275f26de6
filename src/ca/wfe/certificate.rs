//! Downloading a certificate with its chain (RFC 8555 §7.4.2).

use std::sync::Arc;

use super::{
    call::{Call, require_owner},
    payload::Payload,
    reply::Reply,
    route::Outcome,
};
use crate::ca::{issuer::Serial, model::Account, problem::Problem};

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let certificate = Serial::from_hex(call.captures[0])
        .and_then(|serial| call.ca.store.certificate(&serial))
        .ok_or_else(|| Problem::not_found("this certificate"))?;
    require_owner(account, certificate.account)?;
    payload.require_empty()?;
    let chain = call.ca.issuer.chain_pem(&certificate.der);
    Ok(Reply::content("application/pem-certificate-chain", chain))
}
