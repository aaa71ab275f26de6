//! The validation authority: proves that a client controls a name (RFC 8555 §8).
//!
//! A new kind of challenge is one file and one line in [`VALIDATORS`].

mod caa;
mod connect;
mod dns01;
mod dns_account01;
mod fetch;
mod http01;
mod perspective;
mod tls;
mod tls_alpn01;
mod validate;

pub(super) use caa::IDENTITY as CAA_IDENTITY;
pub(super) use fetch::{Answer, get as fetch};
pub(super) use perspective::{Perspective, PerspectiveError};
pub(super) use tls::{certificate, handshake};
pub(super) use validate::{Attempt, TIMEOUT, Validator, validate};

/// Every kind of challenge, in the order authorizations offer them.
pub(super) static VALIDATORS: &[&dyn Validator] =
    &[&http01::Http01, &tls_alpn01::TlsAlpn01, &dns01::Dns01, &dns_account01::DnsAccount01];
