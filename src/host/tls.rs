//! `tls`: handshakes without a request.

mod handshake_api;
mod options;
mod perform;

use rhai::plugin::*;

use crate::host::convert::at;
pub(super) use options::KEYS;

/// TLS handshakes alone: TCP connect and TLS, timed apart, and nothing sent after them.
///
/// Each is measured as a request of the method `TLS`: its connecting is `http_req_connecting`, its
/// handshake `http_req_tls_handshaking`, and both with the name's resolution `http_req_duration`. No
/// HTTP is spoken, so it has no status (0) and adds nothing to the traffic.
#[export_module]
mod api {
    use super::handshake_api::Handshake;
    use crate::host::convert::ScriptResult;
    use rhai::Map;

    /// Connects to `target`, shakes hands and closes the connection. `target` is a URL, `HOST:PORT` or
    /// `HOST` (then port 443). What the server sends after its handshake is waited for, at most 1 s, and
    /// is not part of the time.
    ///
    /// Options:
    /// - `sni`: the name that the server is told (RFC 6066 section 3) and that its certificate must be
    ///   for; `false` tells it none. Default: the host of `target`.
    /// - `alpn`: application protocols to offer, the preferred one first: `["h2", "http/1.1"]`.
    /// - `version`: `"1.2"` or `"1.3"` alone; default both.
    /// - `resume`: `true` resumes this attacker's last session with that server, if there is one
    ///   (RFC 8446 section 2.2, RFC 5077); default `false`, a whole handshake.
    /// - `insecure`: whether any certificate is right; default as the command line's `--insecure`.
    /// - `ca`: PEM text of roots to trust besides those of the system and of `--ca-cert`.
    /// - `timeout_ms`: for all of it; default 30,000.
    /// - `source_addr`: our address, or a block of them to be taken in turn: `"127.1.0.0/16"`. Default:
    ///   that of `--source-addrs`.
    /// - `endpoint`: the label it is counted under; default `tls HOST`, with the port unless it is 443.
    /// - `tags`: a map of further labels.
    ///
    /// Errors: `timeout`, `dns`, `connect`, `tls` (which names the certificate that is wrong), `refused`,
    /// `argument`.
    ///
    /// # Example
    /// ```rhai
    /// let made = tls::handshake(EXAMPLE_TLS, #{ insecure: true, tags: #{ target_type: "nginx" } });
    /// check::that("timed", made.total_ms >= made.connect_ms + made.tls_ms);
    /// check::that("not expired", made.chain[0].not_after > time::now());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn handshake(
        ctx: NativeCallContext,
        target: &str,
        options: Map,
    ) -> ScriptResult<Handshake> {
        super::at(&ctx, super::perform::handshake(target, options))
    }

    /// See the overload with options.
    #[rhai_fn(name = "handshake", return_raw)]
    pub fn handshake_plain(ctx: NativeCallContext, target: &str) -> ScriptResult<Handshake> {
        super::at(&ctx, super::perform::handshake(target, Map::new()))
    }
}

/// The module, for the registry.
pub fn module() -> Module {
    let mut module = exported_module!(api);
    handshake_api::add_to(&mut module);
    module
}
