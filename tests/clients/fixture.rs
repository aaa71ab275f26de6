//! A `coyote ca` for one test, and a client's command line.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::coyote::{Coyote, Running, coyote};
use crate::common::openssl::{certificates_in, verifies};
use crate::common::output::Output;
use crate::common::ports::free_port;
use crate::common::scratch::Scratch;
use crate::common::server::{Reply, Server, text};

/// Clients are slow starters, and several tests share two cores.
const PATIENCE: Duration = Duration::from_secs(120);

/// A CA over HTTPS, and the port where it looks for HTTP-01 answers.
pub(crate) struct Ca {
    pub(crate) scratch: Scratch,
    pub(crate) directory: String,
    pub(crate) http_port: u16,
    _running: Running,
}

impl Ca {
    /// With these further options of `coyote ca`.
    pub(crate) fn start(options: &str) -> Self {
        Self::start_at(free_port(), options)
    }

    /// One that looks for HTTP-01 answers at `http_port`.
    pub(crate) fn start_at(http_port: u16, options: &str) -> Self {
        let scratch = Scratch::new();
        let mut running = coyote("ca --addr 127.0.0.1:0 --root-cert")
            .arg(scratch.path("root.pem"))
            .words("--https-root")
            .arg(scratch.path("https.pem"))
            .words(&format!("--http-port {http_port} {options}"))
            .within(PATIENCE)
            .start();
        let directory = running.first_line();
        Self { scratch, directory, http_port, _running: running }
    }

    /// A client that trusts this CA's HTTPS, whichever library it uses.
    pub(crate) fn client(&self, program: &str) -> Coyote {
        let mut command = Command::new(program);
        for variable in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"] {
            command.env(variable, self.scratch.path("https.pem"));
        }
        Coyote::from(command).within(PATIENCE)
    }

    /// Fails the test unless openssl accepts the PEM chain in the file against this CA's root.
    #[track_caller]
    pub(crate) fn vouches_for(&self, chain: &Path) {
        let chain = fs::read_to_string(chain).expect("the client wrote its certificate");
        self.vouches_for_pem(&chain);
    }

    /// As `vouches_for`, for a chain in memory.
    #[track_caller]
    pub(crate) fn vouches_for_pem(&self, chain: &str) {
        let root = fs::read_to_string(self.scratch.path("root.pem")).expect("--root-cert wrote it");
        verifies(&self.scratch, &certificates_in(chain), &root);
    }
}

/// A `coyote challenge-server` on free ports, which clients tell their answers.
pub(crate) struct ChallengeServer {
    /// Its management interface, `http://ADDR`.
    pub(crate) management: String,
    ports: [u16; 3],
    _running: Running,
}

impl ChallengeServer {
    pub(crate) fn start() -> Self {
        let ports = [free_port(), free_port(), free_port()];
        let [http, tls, dns] = ports;
        let line = format!(
            "challenge-server --http-port {http} --tls-port {tls} --dns-port {dns} --doh-port off \
             --management-port 0"
        );
        let mut running = coyote(&line).within(PATIENCE).start();
        let management = running.line_with("management: ");
        Self { management: format!("http://{management}"), ports, _running: running }
    }

    /// A CA that validates there, and looks every name up there.
    pub(crate) fn ca(&self) -> Ca {
        let [http, tls, dns] = self.ports;
        Ca::start_at(http, &format!("--tls-port {tls} --dns-server 127.0.0.1:{dns}"))
    }
}

/// Runs openssl, which must succeed.
#[track_caller]
pub(crate) fn openssl<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Output {
    let mut command = Command::new("openssl");
    command.args(arguments);
    Coyote::from(command).run().exits(0)
}

/// A web server of which a client gets a folder to put its answers in.
pub(crate) struct Answers {
    folder: Scratch,
    web: Server,
}

impl Answers {
    pub(crate) fn serve() -> Self {
        let folder = Scratch::new();
        let path = folder.folder().to_owned();
        let web = Server::start(move |request| {
            let token = request.path.rsplit('/').next().unwrap_or_default();
            match fs::read_to_string(path.join(token)) {
                Ok(answer) => text(&answer),
                Err(_) => Reply::Answer(404, "text/plain".to_owned(), Vec::new()),
            }
        });
        Self { folder, web }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.folder()
    }

    pub(crate) fn port(&self) -> u16 {
        self.web.addr.port()
    }
}
