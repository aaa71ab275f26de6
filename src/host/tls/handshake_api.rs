//! A handshake as scripts see it.

use std::rc::Rc;
use std::time::Duration;

use rhai::plugin::*;
use rhai::{Array, Dynamic, ImmutableString};

use crate::error::ErrorKind;
use crate::host::convert::{ScriptResult, throw_as};
use crate::host::x509::Certificate;
use crate::net::handshake;
use crate::pki::certificate;

/// A handshake that succeeded; copying it copies a pointer.
#[derive(Debug, Clone)]
pub struct Handshake(Rc<handshake::Handshake>);

impl Handshake {
    pub(super) fn new(made: handshake::Handshake) -> Self {
        Self(Rc::new(made))
    }

    fn alpn(&self) -> Dynamic {
        match &self.0.alpn {
            Some(protocol) => String::from_utf8_lossy(protocol).into_owned().into(),
            None => Dynamic::UNIT,
        }
    }

    fn chain(&self) -> ScriptResult<Array> {
        let read = |der: &rustls::pki_types::CertificateDer<'_>| {
            certificate::Certificate::from_der(der).map(|one| Dynamic::from(Certificate::new(one)))
        };
        let chain: Result<_, _> = self.0.chain.iter().map(read).collect();
        chain.map_err(|error| throw_as(ErrorKind::Certificate, &error))
    }
}

#[export_module]
mod api {
    use super::Handshake;
    use crate::host::convert::ScriptResult;
    use rhai::{Array, Dynamic, ImmutableString};

    /// Milliseconds that the TCP connect took.
    #[rhai_fn(global, get = "connect_ms", pure)]
    pub fn connect_ms(made: &mut Handshake) -> f64 {
        super::millis(made.0.link.timings.connecting)
    }

    /// Milliseconds that the TLS handshake took.
    #[rhai_fn(global, get = "tls_ms", pure)]
    pub fn tls_ms(made: &mut Handshake) -> f64 {
        super::millis(made.0.link.timings.tls_handshaking)
    }

    /// Milliseconds that all of it took: resolving the name, TCP and TLS.
    #[rhai_fn(global, get = "total_ms", pure)]
    pub fn total_ms(made: &mut Handshake) -> f64 {
        super::millis(made.0.link.timings.duration())
    }

    /// The version of TLS: `TLSv1.2` or `TLSv1.3`.
    #[rhai_fn(global, get = "protocol", pure)]
    pub fn protocol(made: &mut Handshake) -> ImmutableString {
        made.0.protocol.into()
    }

    /// The cipher suite by IANA's name, such as `TLS_AES_256_GCM_SHA384`.
    #[rhai_fn(global, get = "cipher", pure)]
    pub fn cipher(made: &mut Handshake) -> ImmutableString {
        made.0.cipher.as_str().into()
    }

    /// The application protocol that the server chose, such as `h2`, or `()`.
    #[rhai_fn(global, get = "alpn", pure)]
    pub fn alpn(made: &mut Handshake) -> Dynamic {
        made.alpn()
    }

    /// Whether an earlier session was resumed.
    #[rhai_fn(global, get = "resumed", pure)]
    pub fn resumed(made: &mut Handshake) -> bool {
        made.0.resumed
    }

    /// The certificates that the server sent, its own first, as `x509::verify` takes them. A resumed
    /// session has those that it began with. Errors: `certificate` when one cannot be read.
    #[rhai_fn(global, get = "chain", pure, return_raw)]
    pub fn chain(made: &mut Handshake) -> ScriptResult<Array> {
        made.chain()
    }

    /// The server's address and port.
    #[rhai_fn(global, get = "remote", pure)]
    pub fn remote(made: &mut Handshake) -> ImmutableString {
        super::address(made.0.link.remote)
    }

    /// Our address.
    #[rhai_fn(global, get = "local_addr", pure)]
    pub fn local_addr(made: &mut Handshake) -> ImmutableString {
        made.0.link.local.map(|local| local.ip().to_string()).unwrap_or_default().into()
    }

    /// Our port.
    #[rhai_fn(global, get = "local_port", pure)]
    pub fn local_port(made: &mut Handshake) -> i64 {
        made.0.link.local.map_or(0, |local| i64::from(local.port()))
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn address(address: Option<std::net::SocketAddr>) -> ImmutableString {
    address.map(|address| address.to_string()).unwrap_or_default().into()
}

/// Adds the type and its members to the module `tls`.
pub(super) fn add_to(module: &mut Module) {
    rhai::combine_with_exported_module!(module, "handshake", api);
    let doc = "/// A TLS handshake that succeeded: what `tls::handshake` returns.";
    module.set_custom_type_with_comments::<Handshake>("Handshake", &[doc]);
}
