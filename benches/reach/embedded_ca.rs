//! The embedded CA as a process to be issued from, or to be measured.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use tempfile::TempDir;

use crate::Outcome;
use crate::coyote::PROGRAM;
use crate::pebble::free_port;
use crate::process::{Running, on_cores};

/// `coyote ca` in a process of its own.
pub(crate) struct EmbeddedCa {
    pub(crate) running: Running,
    /// Of the root and, if it keeps them, the rows.
    _folder: TempDir,
    pub(crate) directory: String,
    pub(crate) root: String,
    pub(crate) http_port: u16,
}

impl EmbeddedCa {
    /// Starts one that keeps its rows in a file, or does not.
    pub(crate) fn start(cores: &str, keeps_rows: bool) -> Outcome<Self> {
        let folder = TempDir::new()?;
        let root = folder.path().join("root.pem").display().to_string();
        let http_port = free_port()?;
        let mut command = on_cores(cores, PROGRAM);
        command.args(["ca", "--addr", "127.0.0.1:0", "--https-root", &root]);
        command.args(["--http-port", &http_port.to_string()]).stdout(Stdio::piped());
        if keeps_rows {
            command.arg("--store-file").arg(folder.path().join("ca.sqlite"));
        }
        let mut running = Running::spawn(&mut command)?;
        let stdout = running.child.stdout.take().ok_or("coyote ca has no stdout")?;
        let mut directory = String::new();
        BufReader::new(stdout).read_line(&mut directory)?;
        let directory = directory.trim().to_owned();
        Ok(Self { running, _folder: folder, directory, root, http_port })
    }
}
