//! What is served by DNS, over UDP, TCP and HTTPS, as `dig` sees it.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::common::scratch::Scratch;
use crate::fetch::{Publisher, publish, run};

/// What `dig` prints; `question` is a name, a type and options.
pub(crate) fn dig(port: u16, question: &str) -> String {
    dig_at("127.0.0.1", port, question)
}

/// As [`dig`], at another address.
pub(crate) fn dig_at(addr: &str, port: u16, question: &str) -> String {
    let line = format!("@{addr} -p {port} +time=1 +tries=1 {question}");
    String::from_utf8_lossy(&run("dig", &line).1).into_owned()
}

/// The data of the records in an answer.
pub(crate) fn short(port: u16, question: &str) -> Vec<String> {
    dig(port, &format!("+short {question}")).lines().map(str::to_owned).collect()
}

impl Publisher {
    fn short(&self, question: &str) -> Vec<String> {
        short(self.dns_port, question)
    }

    fn dig(&self, question: &str) -> String {
        dig(self.dns_port, question)
    }
}

/// What DNS-01 wants of a key authorization (RFC 8555 section 8.4), in quotes as `dig` shows it.
fn digest(key_authorization: &str) -> String {
    let scratch = Scratch::new();
    let path = scratch.write("text", key_authorization);
    let (_, digest) = run("openssl", &format!("dgst -sha256 -binary {}", path.display()));
    format!("{:?}", URL_SAFE_NO_PAD.encode(digest))
}

#[test]
fn answers_of_all_three_kinds_are_found_over_every_transport() {
    let published = publish(
        "challenge::dns01(\"a.example\", \"tok\", \"tok.print\");
         challenge::dns01(\"*.a.example\", \"tok2\", \"tok2.print\");
         challenge::dns01(\"gone.example\", \"tok3\", \"tok3.print\");
         challenge::withdraw(\"tok3\");
         challenge::dns_account01(\"a.example\", \"tok\", \"tok4.print\",
             \"https://example.com/acme/acct/ExampleAccount\");
         challenge::dns_persist01(\"a.example\", \"ca.example\", \"https://ca.example/acct/1\",
             #{ policy: \"wildcard\", persist_until: 1900000000 });",
    );
    let both = [digest("tok.print"), digest("tok2.print")];
    assert_eq!(published.short("_acme-challenge.A.example TXT"), both);
    assert_eq!(published.short("+tcp _acme-challenge.a.example TXT"), both);
    for method in ["+https", "+https-get"] {
        let question = format!("{method} _acme-challenge.a.example TXT");
        assert_eq!(short(published.doh_port, &question), both, "{method}");
    }
    assert!(published.short("_acme-challenge.gone.example TXT").is_empty());
    assert_eq!(
        published.short("_ujmmovf2vn55tgye._acme-challenge.a.example TXT"),
        [digest("tok4.print")]
    );
    let persistent = published.short("_validation-persist.a.example TXT");
    let wanted = "ca.example; accounturi=https://ca.example/acct/1; policy=wildcard; \
                  persistUntil=1900000000";
    assert_eq!(persistent, [format!("\"{wanted}\"")]);
}

#[test]
fn every_name_has_an_address_unless_it_is_told_otherwise() {
    let published = publish(
        "challenge::addresses(\"a.example\", [\"127.0.0.2\", \"::1\"]);
         challenge::addresses(\"none.example\", []);
         challenge::caa(\"a.example\", [`128 issue \"ca.example\"`, #{ tag: \"iodef\", value: \"x\" }]);
         challenge::cname(\"b.example\", \"a.example\");",
    );
    assert_eq!(published.short("any.example A"), ["127.0.0.1"]);
    let none = published.dig("any.example AAAA");
    assert!(none.contains("status: NOERROR") && none.contains("ANSWER: 0"), "{none}");
    assert!(none.contains("SOA"), "{none}");
    assert_eq!(published.short("a.example A"), ["127.0.0.2"]);
    assert_eq!(published.short("a.example AAAA"), ["::1"]);
    assert!(published.short("none.example A").is_empty());
    assert_eq!(published.short("a.example CAA"), ["128 issue \"ca.example\"", "0 iodef \"x\""]);
    assert!(published.short("any.example CAA").is_empty());
    assert_eq!(published.short("b.example A"), ["a.example.", "127.0.0.2"]);
    assert_eq!(published.short("b.example CNAME"), ["a.example."]);
}

#[test]
fn too_many_texts_for_udp_are_asked_for_again_over_tcp() {
    let published = publish(
        "let long = \"\";
         for i in 0..30 { long += \"0123456789\"; }
         for text in 0..9 { challenge::txt(\"a.example\", text.to_string() + long); }
         challenge::txt(\"b.example\", long);",
    );
    let cut = published.dig("+ignore a.example TXT");
    assert!(cut.contains("flags: qr aa tc rd ra") && cut.contains("ANSWER: 0"), "{cut}");
    assert_eq!(published.short("a.example TXT").len(), 9);
    let parts = published.short("b.example TXT");
    let long = "0123456789".repeat(30);
    assert_eq!(parts, [format!("\"{}\" \"{}\"", &long[..255], &long[255..])]);
}

#[test]
fn what_misbehaves_does_so_for_its_names_alone() {
    let published = publish(
        "challenge::misbehave(\"a.example\", #{ dns: \"servfail\" });
         challenge::misbehave(\"b.example\", #{ dns: \"nxdomain\" });
         challenge::misbehave(\"c.example\", #{ dns: \"refused\" });
         challenge::dns01(\"d.example\", \"tok\", \"tok.print\");
         challenge::misbehave(\"d.example\", #{ dns: \"wrong_txt\", txt: \"wrong\" });
         challenge::misbehave(\"e.example\", #{ dns: \"truncated\" });
         challenge::misbehave(\"f.example\", #{ dns: \"slow\", delay_ms: 400 });
         challenge::misbehave(\"g.example\", #{ dns: \"no_answer\" });",
    );
    for (domain, status) in [("a", "SERVFAIL"), ("b", "NXDOMAIN"), ("c", "REFUSED")] {
        let answer = published.dig(&format!("_acme-challenge.{domain}.example TXT"));
        assert!(answer.contains(&format!("status: {status}")), "{answer}");
    }
    assert_eq!(published.short("_acme-challenge.d.example TXT"), ["\"wrong\""]);
    assert_eq!(published.short("d.example A"), ["127.0.0.1"]);
    let cut = published.dig("+ignore e.example A");
    assert!(cut.contains("flags: qr aa tc"), "{cut}");
    let asked = Instant::now();
    assert_eq!(published.short("f.example A"), ["127.0.0.1"]);
    assert!(asked.elapsed() >= Duration::from_millis(400), "{:?}", asked.elapsed());
    for transport in ["+notcp", "+tcp"] {
        let nothing = published.dig(&format!("{transport} g.example A"));
        assert!(nothing.contains("no servers could be reached"), "{nothing}");
    }
    assert_eq!(published.short("h.example A"), ["127.0.0.1"]);
}

#[test]
fn garbage_ends_nothing() {
    let published = publish("");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("can be set");
    let mut answer = [0; 512];
    for length in [0, 1, 11] {
        socket.send_to(&[0; 11][..length], ("127.0.0.1", published.dns_port)).expect("sent");
    }
    // A header that promises a question which is not there.
    let header = [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    socket.send_to(&header, ("127.0.0.1", published.dns_port)).expect("sent");
    let length = socket.recv(&mut answer).expect("only the last is answered");
    assert_eq!((length, &answer[..2], answer[3] & 15), (12, &[1, 2][..], 1), "no FORMERR");
    assert_eq!(published.short("a.example A"), ["127.0.0.1"]);
    let url = format!("https://127.0.0.1:{}/dns-query", published.doh_port);
    for (options, status) in [
        ("-X PUT", "405"),
        ("-d x", "415"),
        ("-H content-type:application/dns-message -d x", "400"),
        ("", "400"),
    ] {
        let line = format!("-sk -o /dev/null -w %{{http_code}} {options} {url}");
        assert_eq!(run("curl", &line).1, status.as_bytes(), "{options}");
    }
}
