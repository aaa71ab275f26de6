//! coyote itself as a process to be measured.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::Outcome;
use crate::process::{cpu_seconds, on_cores};

/// The program, built as `cargo build --release` builds it.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_coyote");

/// One run: a script, and a folder for what it writes.
pub(crate) struct Run {
    folder: TempDir,
    script: PathBuf,
    arguments: Vec<String>,
}

impl Run {
    /// A run of the script with this text.
    pub(crate) fn of_text(script: &str) -> Outcome<Self> {
        let folder = TempDir::new()?;
        let path = folder.path().join("chain.rhai");
        fs::write(&path, script)?;
        Ok(Self { folder, script: path, arguments: Vec::new() })
    }

    /// A run of the repository's own script `name`.
    pub(crate) fn of_script(name: &str) -> Outcome<Self> {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name);
        Ok(Self { folder: TempDir::new()?, script, arguments: Vec::new() })
    }

    /// Adds options.
    pub(crate) fn with(mut self, options: &[&str]) -> Self {
        self.arguments.extend(options.iter().map(|&option| option.to_owned()));
        self
    }

    /// The command line for a constant number of attackers.
    pub(crate) fn hammer(&self, cores: &str, attackers: u64, end: [&str; 2]) -> Command {
        let mut command = on_cores(cores, PROGRAM);
        command.arg("--script").arg(&self.script).arg("--summary").arg(self.summary_path());
        command.args(&self.arguments).args(["hammer", &attackers.to_string()]).args(end);
        command.stdout(Stdio::null());
        command
    }

    /// The command line for another profile, for so many seconds, on all cores.
    pub(crate) fn profile(&self, profile: &[&str], seconds: u64) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--script").arg(&self.script).arg("--summary").arg(self.summary_path());
        command.args(&self.arguments).args(profile).args(["--duration", &seconds.to_string()]);
        command.stdout(Stdio::null());
        command
    }

    /// CPU seconds that `attackers` take for `chains` chains in all.
    ///
    /// # Errors
    /// When a chain or a request failed, or coyote counts its own CPU time otherwise.
    pub(crate) fn cpu_seconds(&self, cores: &str, attackers: u64, chains: u64) -> Outcome<f64> {
        let end = ["--iterations", &chains.to_string()];
        let cpu = cpu_seconds(&mut self.hammer(cores, attackers, end))?;
        let summary = self.summary()?;
        let count = |path: &str| summary.pointer(path).and_then(Value::as_u64);
        let (run, failed) = (count("/totals/chains/count"), count("/totals/requests/failed"));
        if run != Some(chains) || failed != Some(0) {
            let errors = &summary["errors"];
            return Err(format!("{run:?} of {chains} chains ran, not all well: {errors}").into());
        }
        let own = summary["totals"]["cpu_s"].as_f64().ok_or("the summary has no totals.cpu_s")?;
        // Its own count leaves out its start.
        if (own - cpu).abs() > 0.3 + cpu * 0.05 {
            return Err(format!("coyote counts {own} s of CPU, the kernel {cpu} s").into());
        }
        Ok(cpu)
    }

    /// What `--summary` wrote.
    pub(crate) fn summary(&self) -> Outcome<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(self.summary_path())?)?)
    }

    fn summary_path(&self) -> PathBuf {
        self.folder.path().join("summary.json")
    }
}
