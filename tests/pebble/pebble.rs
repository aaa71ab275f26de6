//! The Pebbles that `tests/run` started.

use std::env;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::common::coyote::{Coyote, coyote};

/// One of the Pebbles, for one test alone: all who use it share its validation ports.
pub(crate) struct Pebble {
    directory: String,
    management: String,
    root: String,
    http_port: String,
    tls_port: String,
    dns_port: String,
    _turn: MutexGuard<'static, ()>,
}

/// The one with Debian's settings. Waits for this test's turn.
pub(crate) fn pebble() -> Pebble {
    static TURN: Mutex<()> = Mutex::new(());
    take("PEBBLE", &TURN)
}

/// The one that rejects no good nonce, and whose certificates last 3 s.
pub(crate) fn calm() -> Pebble {
    static TURN: Mutex<()> = Mutex::new(());
    take("CALM", &TURN)
}

/// The one that is started with `-strict`.
pub(crate) fn strict() -> Pebble {
    static TURN: Mutex<()> = Mutex::new(());
    take("STRICT", &TURN)
}

/// The one for the run that mixes all scripts, after which it may answer no more.
pub(crate) fn mixed() -> Pebble {
    static TURN: Mutex<()> = Mutex::new(());
    take("MIXED", &TURN)
}

/// The one that wants an external account binding.
pub(crate) fn eab() -> Pebble {
    static TURN: Mutex<()> = Mutex::new(());
    take("EAB", &TURN)
}

fn take(name: &str, turn: &'static Mutex<()>) -> Pebble {
    Pebble {
        directory: variable(name, "DIRECTORY"),
        management: variable(name, "MANAGEMENT"),
        root: variable(name, "ROOT"),
        http_port: variable(name, "HTTP_PORT"),
        tls_port: variable(name, "TLS_PORT"),
        dns_port: variable(name, "DNS_PORT"),
        // That another test failed says nothing about this one.
        _turn: turn.lock().unwrap_or_else(PoisonError::into_inner),
    }
}

fn variable(pebble: &str, name: &str) -> String {
    let name = format!("COYOTE_TEST_{pebble}_{name}");
    env::var(&name).unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need a Pebble; run tests/run, which starts one")
    })
}

impl Pebble {
    /// `coyote` pointed at it, answering challenges of every kind.
    pub(crate) fn coyote(&self) -> Coyote {
        self.coyote_answering(true, true)
    }

    /// `coyote` pointed at it, with its DNS server and only these of the other listeners.
    pub(crate) fn coyote_answering(&self, http: bool, tls: bool) -> Coyote {
        let port_if = |open, port: &str| if open { port.to_owned() } else { "off".to_owned() };
        coyote("--directory")
            .arg(&self.directory)
            .words("--ca-cert")
            .arg(&self.root)
            .words("--http-port")
            .arg(port_if(http, &self.http_port))
            .words("--tls-port")
            .arg(port_if(tls, &self.tls_port))
            .words("--doh-port off --dns-port")
            .arg(&self.dns_port)
    }

    /// A certificate that its management interface shows, as PEM.
    pub(crate) fn certificate(&self, path: &str) -> String {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--fail",
                "--max-time",
                "10",
                "--cacert",
                &self.root,
            ])
            .arg(format!("{}{path}", self.management))
            .output()
            .expect("curl is installed (tests/run sees to it)");
        assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("PEM is text")
    }
}
