//! Why an exchange gave no answer.

use std::error::Error as StdError;
use std::io;

use crate::error::{ErrorKind, HostError};

/// A failed exchange: the kind that scripts see and what happened, without ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NetError {
    /// Why, from the closed list.
    pub kind: ErrorKind,
    /// What happened and with whom.
    pub message: String,
}

impl NetError {
    /// An error of `kind`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<NetError> for HostError {
    fn from(error: NetError) -> Self {
        Self::new(error.kind, error.message)
    }
}

/// Classifies what the HTTP stack reports by the deepest cause that it knows.
pub fn classify(error: &(dyn StdError + 'static), target: &str) -> NetError {
    let mut kind = ErrorKind::Protocol;
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    let mut deepest = error.to_string();
    let mut hint = "";
    while let Some(current) = cause {
        if let Some(known) = kind_of(current) {
            kind = known;
        }
        deepest = current.to_string();
        if let Some(io) = current.downcast_ref::<io::Error>() {
            hint = no_port_left(io);
        }
        cause = cause_of(current);
    }
    let message = match kind {
        ErrorKind::Dns => format!("the name of {target} does not resolve: {deepest}"),
        ErrorKind::Refused => deepest,
        ErrorKind::Connect => format!("cannot connect to {target}: {deepest}{hint}"),
        ErrorKind::Tls => format!("TLS with {target} failed: {deepest}"),
        ErrorKind::Closed => {
            format!("{target} closed the connection before the answer was complete")
        }
        _ => format!("{target} did not answer in HTTP: {deepest}"),
    };
    NetError { kind, message }
}

/// What `error` wraps, also where it keeps that to itself unless asked.
fn cause_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    use rustls::{CertificateError, Error::InvalidCertificate, OtherError};
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(inner);
    }
    match error.downcast_ref() {
        Some(InvalidCertificate(CertificateError::Other(OtherError(refusal)))) => {
            Some(refusal.as_ref())
        }
        _ => error.source(),
    }
}

/// What to do when connecting failed because our side has no port left, else nothing.
pub fn no_port_left(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => {
            "; this machine has no free port left towards that server: spread connections over \
             more local addresses with --source-addrs"
        }
        _ => "",
    }
}

fn kind_of(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    if let Some(net) = error.downcast_ref::<NetError>() {
        return Some(net.kind);
    }
    if error.is::<rustls::Error>() {
        return Some(ErrorKind::Tls);
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        let closed = http.is_incomplete_message() || http.is_closed() || http.is_canceled();
        return closed.then_some(ErrorKind::Closed);
    }
    if let Some(http) = error.downcast_ref::<reqwest::Error>() {
        return http.is_connect().then_some(ErrorKind::Connect);
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionAborted => Some(ErrorKind::Closed),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::AddrInUse
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable => Some(ErrorKind::Connect),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_known_cause_decides() {
        let inner = NetError::new(ErrorKind::Dns, "no such host");
        let outer = io::Error::other(inner);
        let error = classify(&outer, "http://ca.invalid");
        assert_eq!(error.kind, ErrorKind::Dns);
        assert_eq!(error.message, "the name of http://ca.invalid does not resolve: no such host");
    }

    #[test]
    fn a_reset_is_a_closed_connection() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(classify(&reset, "x").kind, ErrorKind::Closed);
    }
}
