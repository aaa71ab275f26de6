//! The Pebble that `tests/run` started.

use std::env;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::common::coyote::{Coyote, coyote};

/// One test at a time: all share Pebble's one HTTP-01 port.
static TURN: Mutex<()> = Mutex::new(());

/// The Pebble that `tests/run` started, for one test alone.
pub(crate) struct Pebble {
    directory: String,
    management: String,
    root: String,
    http_port: String,
    _turn: MutexGuard<'static, ()>,
}

/// Waits for this test's turn.
pub(crate) fn pebble() -> Pebble {
    Pebble {
        directory: variable("DIRECTORY"),
        management: variable("MANAGEMENT"),
        root: variable("ROOT"),
        http_port: variable("HTTP_PORT"),
        // That another test failed says nothing about this one.
        _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
    }
}

fn variable(name: &str) -> String {
    let name = format!("COYOTE_TEST_PEBBLE_{name}");
    env::var(&name).unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need a Pebble; run tests/run, which starts one")
    })
}

impl Pebble {
    /// `coyote` pointed at it.
    pub(crate) fn coyote(&self) -> Coyote {
        coyote("--directory")
            .arg(&self.directory)
            .words("--ca-cert")
            .arg(&self.root)
            .words("--http-port")
            .arg(&self.http_port)
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
