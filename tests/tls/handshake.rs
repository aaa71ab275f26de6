//! What a handshake says of itself.

use crate::fixture::Pki;

#[test]
fn versions_ciphers_and_protocols_are_told() {
    let pki = Pki::new();
    let (_nginx, [both, old]) =
        pki.nginx(["http2;", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;"]);
    pki.once(&format!(
        r#"
        let plain = tls::handshake("127.0.0.1:{both}");
        want("1.3", plain.protocol == "TLSv1.3" && plain.cipher.starts_with("TLS_AES_"));
        want("no ALPN", plain.alpn == ());
        want("whole", !plain.resumed);
        want("times", plain.connect_ms > 0.0 && plain.tls_ms > 0.0);
        want("total", plain.total_ms >= plain.connect_ms + plain.tls_ms);
        want("ends", plain.remote == "127.0.0.1:{both}" && plain.local_port > 0);
        want("from", plain.local_addr == "127.0.0.1");

        let h2 = tls::handshake("https://127.0.0.1:{both}/path", #{{ alpn: ["h2", "http/1.1"] }});
        want("h2", h2.alpn == "h2");
        let first = tls::handshake("127.0.0.1:{both}", #{{ version: "1.2" }});
        want("1.2 alone", first.protocol == "TLSv1.2");

        let old = tls::handshake("127.0.0.1:{old}", #{{ alpn: ["h2", "http/1.1"] }});
        want("1.2", old.protocol == "TLSv1.2");
        want("its cipher", old.cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        want("HTTP/1.1", old.alpn == "http/1.1");
        "#
    ))
    .exits(0)
    .shows(&[
        &format!("--> TLS 127.0.0.1:{both}  (tls 127.0.0.1:{both})"),
        "<-- TLSv1.3 TLS_AES_256_GCM_SHA384 h2",
        "tls_handshaking ",
    ]);
}

#[test]
fn certificates_are_those_of_the_name_that_was_asked_for() {
    let pki = Pki::new();
    pki.certificate("other", &["b.example"], 1);
    let (_s_server, named) = pki.s_server("-servername b.example -cert2 other.pem -key2 other.key");
    pki.once(&format!(
        r#"
        let target = "127.0.0.1:{named}";
        let a = tls::handshake(target);
        want("a", a.chain[0].names == ["127.0.0.1", "a.example"]);
        let b = tls::handshake(target, #{{ sni: "b.example" }});
        want("b", b.chain.len() == 1 && b.chain[0].names == ["b.example"]);
        x509::verify(b.chain, file::text("root.pem"), #{{ name: "b.example" }});
        let untold = tls::handshake(target, #{{ sni: false }});
        want("none", untold.chain[0].names.contains("a.example"));
        "#
    ))
    .exits(0);
}
