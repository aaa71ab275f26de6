//! One run, whole: scripts, profile, ends, settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::plan::options::ScriptOptions;
use crate::plan::settings::Settings;
use crate::profile::Profile;
use crate::record::sample::RunLabels;
use crate::script::resolve::StdlibSources;

/// A script's text and what its `options()` says.
#[derive(Debug, Clone)]
pub struct Script {
    /// Where it was read.
    pub path: PathBuf,
    /// Its source.
    pub text: String,
    /// What its `options()` says.
    pub options: ScriptOptions,
}

/// Everything that a run needs to know.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// The command line, for the summary.
    pub command: String,
    /// Whom the run is aimed at, for the summary.
    pub target: String,
    /// The scripts.
    pub scripts: Vec<Script>,
    /// Where `import "acme"` is found.
    pub stdlib: StdlibSources,
    /// How many attackers at which moment.
    pub profile: Profile,
    /// The run ends when this many chains were started.
    pub iterations: Option<u64>,
    /// The run ends after this time, whatever the profile says.
    pub duration: Option<Duration>,
    /// What running chains get to end when a run ends.
    pub stop_timeout: Duration,
    /// Threads that run attackers.
    pub shards: usize,
    /// Values of `-e`.
    pub env: BTreeMap<String, String>,
    /// What scripts and requests go by.
    pub settings: Arc<Settings>,
}

impl RunPlan {
    /// The names that measurements refer to.
    pub fn labels(&self) -> RunLabels {
        RunLabels {
            chains: self.scripts.iter().map(|script| script.options.name.clone()).collect(),
            scenarios: vec!["default".to_owned()],
            stages: self.profile.stages().iter().map(|stage| stage.name.clone()).collect(),
        }
    }

    /// How long the run lasts, if that is known.
    pub fn known_length(&self) -> Option<Duration> {
        match (self.duration, self.profile.length()) {
            (Some(cut), Some(length)) => Some(cut.min(length)),
            (cut, length) => cut.or(length),
        }
    }
}
