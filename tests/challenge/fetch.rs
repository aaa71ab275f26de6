//! A run whose chain publishes something, and the programs that look at it.

use std::process::{Command, Stdio};

use crate::common::coyote::{Running, coyote};
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

/// A chain that has published what a test wants and keeps it for the rest of that test.
pub(crate) struct Publisher {
    pub(crate) http_port: u16,
    pub(crate) tls_port: u16,
    pub(crate) dns_port: u16,
    pub(crate) doh_port: u16,
    _running: Running,
    _scratch: Scratch,
}

/// Runs `statements` in a chain.
pub(crate) fn publish(statements: &str) -> Publisher {
    let scratch = Scratch::new();
    let script = scratch.write(
        "publisher.rhai",
        &format!("fn chain() {{ {statements} log::info(\"all is published\"); sleep(60); }}"),
    );
    let (http_port, tls_port) = (free_port(), free_port());
    let (dns_port, doh_port) = (free_port(), free_port());
    let ports = format!(
        "--http-port {http_port} --tls-port {tls_port} --dns-port {dns_port} --doh-port {doh_port}"
    );
    let mut running = coyote("hammer 1").words(&ports).script(&script).start();
    running.wait_for_stderr("all is published");
    Publisher { http_port, tls_port, dns_port, doh_port, _running: running, _scratch: scratch }
}

/// What `program` printed, and whether it succeeded.
pub(crate) fn run(program: &str, line: &str) -> (bool, Vec<u8>) {
    let output = Command::new(program)
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("it is installed (tests/run sees to it)");
    (output.status.success(), output.stdout)
}

impl Publisher {
    /// What `openssl s_client` says of a handshake for `name`, and the certificate it got, in DER.
    pub(crate) fn handshake(&self, name: &str, options: &str) -> (String, Option<Vec<u8>>) {
        let to = format!("s_client -connect 127.0.0.1:{} -servername {name}", self.tls_port);
        let (_, said) = run("openssl", &format!("{to} {options}"));
        let said = String::from_utf8_lossy(&said).into_owned();
        let certificate = pem::parse(&said).ok().map(pem::Pem::into_contents);
        (said, certificate)
    }

    /// What `curl` gets at `url`, whatever host it names.
    pub(crate) fn get(&self, url: &str) -> Option<String> {
        let to_tls = format!("--connect-to :443:127.0.0.1:{}", self.tls_port);
        let to_http = format!("--connect-to :80:127.0.0.1:{}", self.http_port);
        let line = format!("-sSfkL --max-time 10 {to_tls} {to_http} {url}");
        let (succeeded, body) = run("curl", &line);
        succeeded.then(|| String::from_utf8(body).expect("text"))
    }
}
