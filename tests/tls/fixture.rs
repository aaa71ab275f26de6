//! Real servers with certificates as a test needs them, and a script against them.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use time::OffsetDateTime;

use crate::common::coyote::{Coyote, Running, coyote};
use crate::common::output::Output;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;

/// What a server gets to listen.
const START: Duration = Duration::from_secs(20);

/// A root, and certificates below it, in a folder of their own.
pub(crate) struct Pki {
    pub(crate) scratch: Scratch,
    root: CertifiedIssuer<'static, KeyPair>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are fine");
        params.distinguished_name.push(DnType::CommonName, "test root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = CertifiedIssuer::self_signed(params, key).expect("a root");
        let pki = Self { scratch: Scratch::new(), root };
        pki.scratch.write("root.pem", &pki.root.pem());
        // A name for the certificates that most tests want.
        pki.certificate("good", &["127.0.0.1", "a.example"], 1);
        pki
    }

    /// Writes `name.pem` and `name.key` for `names`, which end `days` from now.
    pub(crate) fn certificate(&self, name: &str, names: &[&str], days: i64) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.not_before = OffsetDateTime::now_utc() - time::Duration::days(30);
        params.not_after = OffsetDateTime::now_utc() + time::Duration::days(days);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.root).expect("signed");
        self.scratch.write(&format!("{name}.pem"), &certificate.pem());
        self.scratch.write(&format!("{name}.key"), &key.serialize_pem());
    }

    pub(crate) fn root_pem(&self) -> PathBuf {
        self.scratch.path("root.pem")
    }

    /// nginx with a server of each of these `settings`, which may be none; and their ports. Their
    /// certificate is `good` unless they name another.
    pub(crate) fn nginx<const N: usize>(&self, settings: [&str; N]) -> (Running, [u16; N]) {
        let folder = self.scratch.folder().display();
        let ports = settings.map(|_| free_port());
        let server = |(settings, port): (&&str, &u16)| {
            let named = settings.contains("ssl_certificate ");
            let good =
                if named { "" } else { "ssl_certificate good.pem; ssl_certificate_key good.key;" };
            let http2 = if settings.contains("http2") { " http2" } else { "" };
            let settings = settings.replace("http2;", "");
            format!("server {{ listen 127.0.0.1:{port} ssl{http2}; {good} {settings} }}\n")
        };
        let servers: String = settings.iter().zip(&ports).map(server).collect();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {folder}/{kind};"))
            .concat();
        let conf = format!(
            "worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\n\
             events {{ worker_connections 2000; }}\n\
             http {{ ssl_protocols TLSv1.2 TLSv1.3; access_log {folder}/access.log; {temporary}\n{servers} }}\n"
        );
        let conf = self.scratch.write("nginx.conf", &conf);
        let mut command = Command::new("nginx");
        command.arg("-p").arg(self.scratch.folder()).arg("-e").arg("stderr").arg("-c").arg(conf);
        let running = Coyote::from(command).start();
        for port in ports {
            until_it_listens(port);
        }
        (running, ports)
    }

    /// `openssl s_server` with these further options, and its port.
    pub(crate) fn s_server(&self, options: &str) -> (Running, u16) {
        let port = free_port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-cert", "good.pem", "-key", "good.key", "-accept"]);
        command.arg(format!("127.0.0.1:{port}")).args(options.split_whitespace());
        let running = Coyote::from(command).folder(self.scratch.folder()).start();
        until_it_listens(port);
        (running, port)
    }

    /// `coyote once` with a chain of these statements, which finds `want(what, holds)` and trusts the root.
    pub(crate) fn once(&self, statements: &str) -> Output {
        let script = self.scratch.write("once.rhai", &chain(statements));
        coyote("once --ca-cert").arg(self.root_pem()).script(&script).run()
    }
}

/// A script whose chain is these statements.
pub(crate) fn chain(statements: &str) -> String {
    format!(
        "fn want(what, holds) {{ if !holds {{ throw `it is not so: ${{what}}`; }} }}\n\
         fn chain() {{ {statements} }}\n"
    )
}

pub(crate) fn until_it_listens(port: u16) {
    let end = Instant::now() + START;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "nobody listens on {port}");
        thread::sleep(Duration::from_millis(20));
    }
}
