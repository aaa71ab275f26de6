//! A script whose challenges must fail.

use std::path::PathBuf;

use crate::common::scratch::Scratch;

/// A challenge, what goes wrong with it, and the type of the CA's error.
pub(crate) type Case = (&'static str, &'static str, &'static str);

/// What every CA here finds wrong with HTTP-01, TLS-ALPN-01 and DNS-01.
pub(crate) const CASES: &[Case] = &[
    ("http-01", "http: \"wrong_body\"", "unauthorized"),
    ("http-01", "http: \"wrong_body\", body: \"mine\"", "unauthorized"),
    ("http-01", "http: \"empty\"", "unauthorized"),
    ("http-01", "http: \"huge\"", "unauthorized"),
    ("http-01", "http: \"not_found\"", "unauthorized"),
    ("http-01", "http: \"status\", status: 503", "unauthorized"),
    ("http-01", "http: \"redirect\"", "connection"),
    ("http-01", "http: \"redirect_loop\"", "connection"),
    ("http-01", "http: \"too_many_redirects\"", "connection"),
    ("http-01", "http: \"reset\"", "connection"),
    ("tls-alpn-01", "tls: \"wrong_certificate\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"wrong_digest\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"no_alpn\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"noncritical\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"no_extension\"", "unauthorized"),
    ("tls-alpn-01", "tls: \"extra_name\"", "unauthorized"),
    ("dns-01", "dns: \"wrong_txt\"", "unauthorized"),
    ("dns-01", "dns: \"empty\"", "unauthorized"),
];

/// A script that throws unless each of `cases` ends with its error, and those that only slow down or
/// concern another protocol with none.
pub(crate) fn script(scratch: &Scratch, cases: &[&[Case]]) -> PathBuf {
    let attempts = cases.concat().into_iter().map(|(challenge, faults, error)| {
        format!("    attempt(\"{challenge}\", #{{ {faults} }}, \"{error}\");\n")
    });
    let text = format!(
        "import \"acme\" as acme;\n\
         fn attempt(type, faults, expected) {{\n\
         \x20   let name = rand::domain();\n\
         \x20   let order = acme::new_order(acme::account(), [name]);\n\
         \x20   challenge::misbehave(name, faults);\n\
         \x20   let ended = \"valid\";\n\
         \x20   try {{ acme::authorize(acme::account(), order, #{{ challenge: type }}); }}\n\
         \x20   catch (err) {{ ended = err.message; }}\n\
         \x20   if ended != expected && !ended.contains(`ended invalid: ${{expected}}: `) {{ throw `${{type}} ${{faults}}: ${{ended}}`; }}\n\
         }}\n\
         fn chain() {{\n{}\
         \x20   attempt(\"http-01\", #{{ http: \"slow\", delay_ms: 100 }}, \"valid\");\n\
         \x20   attempt(\"tls-alpn-01\", #{{ tls: \"slow\", delay_ms: 100 }}, \"valid\");\n\
         \x20   attempt(\"dns-01\", #{{ dns: \"slow\", delay_ms: 100 }}, \"valid\");\n\
         \x20   attempt(\"http-01\", #{{ tls: \"reset\" }}, \"valid\");\n\
         }}\n",
        attempts.collect::<String>()
    );
    scratch.write("misbehave.rhai", &text)
}
