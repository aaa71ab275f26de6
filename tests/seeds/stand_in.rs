//! `coyote backend`, started for a test.

use std::path::Path;

use crate::common::coyote::{Running, coyote};
use crate::common::scratch::Scratch;

/// A backend that runs until it is dropped.
pub(crate) struct Backend {
    /// `127.0.0.1:1030`.
    pub(crate) addr: String,
    pub(crate) running: Running,
}

impl Backend {
    /// Starts one with these options on a free port.
    pub(crate) fn start(id: &str, options: &str) -> Self {
        let mut running = coyote(&format!("backend {id} 0 {options}")).start();
        Self { addr: running.first_line(), running }
    }

    /// Starts one with the routes in this file.
    pub(crate) fn with_file(routes: &Path) -> Self {
        Self::start("stand-in", &format!("--routes {}", routes.display()))
    }

    /// Starts one with this routes file.
    pub(crate) fn with_routes(scratch: &Scratch, json: &str) -> Self {
        Self::with_file(&scratch.write("routes.json", json))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub(crate) fn port(&self) -> u16 {
        self.addr.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }
}
