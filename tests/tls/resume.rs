//! Sessions that are resumed, or not.

use crate::fixture::Pki;

#[test]
fn sessions_are_resumed_where_that_was_asked_for() {
    let pki = Pki::new();
    let (_nginx, [both, old, neither]) = pki.nginx([
        "",
        "ssl_protocols TLSv1.2; ssl_session_cache shared:s:1m; ssl_session_tickets off;",
        "ssl_session_cache off; ssl_session_tickets off;",
    ]);
    let (_s_server, openssl) = pki.s_server("-tls1_3");
    pki.once(&format!(
        r#"
        for port in [{both}, {old}, {openssl}] {{
            let target = `127.0.0.1:${{port}}`;
            want("first is whole", !tls::handshake(target, #{{ resume: true }}).resumed);
            let second = tls::handshake(target, #{{ resume: true }});
            want(`second is resumed: ${{target}}`, second.resumed);
            want("third is resumed", tls::handshake(target, #{{ resume: true }}).resumed);
            want("its certificates", second.chain[0].names.contains("a.example"));
            want("not asked for", !tls::handshake(target).resumed);
        }}
        for turn in 0..2 {{
            want("cannot be", !tls::handshake("127.0.0.1:{neither}", #{{ resume: true }}).resumed);
        }}
        "#
    ))
    .exits(0)
    .shows(&[", session resumed"]);
}
