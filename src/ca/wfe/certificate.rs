//! Downloading a certificate with one of its chains (RFC 8555 §7.4.2).

use std::sync::Arc;

use super::{
    call::{Call, require_owner},
    payload::Payload,
    reply::Reply,
    route::Outcome,
};
use crate::ca::{
    issuer::{CHAINS, Serial},
    model::Account,
    problem::Problem,
};

pub(super) fn post(call: &Call<'_>, account: &Arc<Account>, payload: &Payload) -> Outcome {
    let (serial, certificate) = Serial::from_hex(call.captures[0])
        .and_then(|serial| Some((serial, call.ca.store.certificate(&serial)?)))
        .ok_or_else(|| Problem::not_found("this certificate"))?;
    require_owner(account, certificate.account)?;
    payload.require_empty()?;
    let (chain, pem) = chain_number(call.captures[1])
        .and_then(|chain| Some((chain, call.ca.issuer.chain_pem(&certificate.der, chain)?)))
        .ok_or_else(|| Problem::not_found("this chain of the certificate"))?;
    let reply = Reply::content("application/pem-certificate-chain", pem);
    let others = (0..CHAINS).filter(|other| *other != chain);
    Ok(others
        .fold(reply, |reply, other| reply.with_link(&chain_url(call, &serial, other), "alternate")))
}

/// The default chain has the certificate's own URL.
fn chain_url(call: &Call<'_>, serial: &Serial, chain: usize) -> String {
    let url = call.certificate_url(serial);
    if chain == 0 { url } else { format!("{url}/{chain}") }
}

/// Reads the end of what [`chain_url`] wrote.
fn chain_number(segment: &str) -> Option<usize> {
    match segment {
        "" => Some(0),
        text => (1..CHAINS).find(|chain| chain.to_string() == text),
    }
}
