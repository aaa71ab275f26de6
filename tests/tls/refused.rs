//! Handshakes that fail say why, and name the certificate.

use crate::common::coyote::coyote;
use crate::common::ports::free_port;
use crate::common::server::{Server, text};
use crate::fixture::{Pki, chain};

/// A line of script that fails the chain unless the handshake fails with that kind and those words.
fn fails(call: &str, kind: &str, words: &str) -> String {
    format!(
        r#"
        try {{
            {call};
            throw "no error: " + {words:?};
        }} catch (err) {{
            if type_of(err) == "string" {{ throw err; }}
            want(err.kind + " " + err.message, err.kind == {kind:?} && err.message.contains({words:?}));
        }}
        "#
    )
}

#[test]
fn a_wrong_certificate_is_named() {
    let pki = Pki::new();
    pki.certificate("old", &["127.0.0.1"], -2);
    pki.certificate("other", &["b.example", "c.example"], 1);
    let (_nginx, [good, old, other]) = pki.nginx([
        "",
        "ssl_certificate old.pem; ssl_certificate_key old.key;",
        "ssl_certificate other.pem; ssl_certificate_key other.key;",
    ]);
    let statements = [
        fails(
            &format!("tls::handshake(`127.0.0.1:{old}`)"),
            "tls",
            "the certificate for 127.0.0.1 is not to be trusted: it, or an issuer, expired on 20",
        ),
        fails(
            &format!("tls::handshake(`127.0.0.1:{other}`)"),
            "tls",
            "certificate for b.example, c.example is not to be trusted: it is not for `127.0.0.1`",
        ),
        fails(
            &format!("tls::handshake(`127.0.0.1:{good}`, #{{ sni: `d.example` }})"),
            "tls",
            "it is not for `d.example`",
        ),
        // Requests say it too.
        fails(
            &format!("http::get(`https://127.0.0.1:{old}/`)"),
            "tls",
            "the certificate for 127.0.0.1 is not to be trusted: it, or an issuer, expired on 20",
        ),
        format!(
            "want(`old`, tls::handshake(`127.0.0.1:{old}`, #{{ insecure: true }}).tls_ms > 0.0);"
        ),
    ];
    pki.once(&statements.concat()).exits(0);

    let untrusted = [
        fails(
            &format!("tls::handshake(`127.0.0.1:{good}`)"),
            "tls",
            "no trusted root leads to it (its issuer is CN=test root)",
        ),
        format!(
            "want(`by ca`, tls::handshake(`127.0.0.1:{good}`, #{{ ca: file::text(`root.pem`) }}).tls_ms > 0.0);"
        ),
        fails(
            &format!("tls::handshake(`127.0.0.1:{good}`, #{{ ca: `none` }})"),
            "certificate",
            "option `ca` of tls::handshake: it holds no certificate",
        ),
    ];
    let script = pki.scratch.write("untrusted.rhai", &chain(&untrusted.concat()));
    coyote("once").script(&script).run().exits(0);
    let without = fails(
        &format!("tls::handshake(`127.0.0.1:{good}`, #{{ insecure: false }})"),
        "tls",
        "no trusted root",
    );
    let script = pki.scratch.write("insecure.rhai", &chain(&without));
    coyote("once --insecure").script(&script).run().exits(0);
}

#[test]
fn servers_that_want_something_else_are_told_apart() {
    let pki = Pki::new();
    let (_nginx, [old]) = pki.nginx(["ssl_protocols TLSv1.2;"]);
    let (_verifying, verifying) = pki.s_server("-Verify 1 -verify_return_error");
    let plain = Server::start(|_| text("no TLS here"));
    let (nobody, plain) = (free_port(), plain.addr.port());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let silent = silent.local_addr().expect("it is bound").port();
    let call = |port: u16, options: &str| {
        format!("tls::handshake(`127.0.0.1:{port}`, #{{ timeout_ms: 2000, {options} }})")
    };
    let statements = [
        fails(&call(old, "version: `1.3`"), "tls", "TLS with 127.0.0.1"),
        // TLS 1.3 lets a server refuse only after the client's handshake is over.
        fails(&call(verifying, "version: `1.3`"), "tls", "CertificateRequired"),
        fails(&call(verifying, "version: `1.2`"), "tls", "TLS with 127.0.0.1"),
        fails(&call(plain, ""), "tls", "TLS with 127.0.0.1"),
        fails(&call(nobody, ""), "connect", "Connection refused"),
        fails(&call(silent, ""), "timeout", "no TLS handshake with 127.0.0.1"),
        fails("tls::handshake(`ca.invalid`)", "dns", "the name ca.invalid does not resolve"),
        fails("tls::handshake(`acme-v02.api.letsencrypt.org`)", "refused", "public CA"),
        fails("tls::handshake(`a b`)", "argument", "is no server"),
    ];
    pki.once(&statements.concat()).exits(0);
}
