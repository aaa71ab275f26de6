//! Where and with what a run was made, in the form that `--summary` writes.

use std::fs;

use serde::{Deserialize, Serialize};

/// Where and with what a run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentBlock {
    /// The version of coyote.
    pub coyote: String,
    /// The operating system: `Debian GNU/Linux 12 (bookworm), Linux 6.1.0, x86_64`.
    pub os: String,
    /// The cores that the process may use.
    pub cores: u32,
    /// The threads that run attackers.
    pub shards: u32,
    /// The stages as they were planned: `1: 50 attackers`.
    pub profile: Vec<String>,
    /// The scripts' files.
    pub scripts: Vec<String>,
}

impl EnvironmentBlock {
    /// This process on this machine.
    pub fn here(shards: usize, profile: Vec<String>, scripts: Vec<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            coyote: env!("CARGO_PKG_VERSION").to_owned(),
            os: os(),
            cores: cores as u32,
            shards: shards as u32,
            profile,
            scripts,
        }
    }
}

fn os() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    described(&release, kernel.trim())
}

/// The distribution's name for itself (os-release(5)), the kernel and the architecture; what is not
/// known is left out.
fn described(release: &str, kernel: &str) -> String {
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map(|name| name.trim_matches(['"', '\'']).to_owned());
    let kernel = (!kernel.is_empty()).then(|| format!("Linux {kernel}"));
    let system = [name, kernel].into_iter().flatten().collect::<Vec<_>>();
    let system =
        if system.is_empty() { std::env::consts::OS.to_owned() } else { system.join(", ") };
    format!("{system}, {}", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_named() {
        let arch = std::env::consts::ARCH;
        let release = "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        let told = described(release, "6.1.0");
        assert_eq!(told, format!("Debian GNU/Linux 12 (bookworm), Linux 6.1.0, {arch}"));
        assert_eq!(described("", ""), format!("{}, {arch}", std::env::consts::OS));
    }
}
