//! One run, whole: scripts, profile, ends, settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexSet;

use crate::plan::case::{Case, Server};
use crate::plan::options::ScriptOptions;
use crate::plan::settings::Settings;
use crate::plan::sinks::SinkOptions;
use crate::profile::Profile;
use crate::record::sample::RunLabels;
use crate::record::threshold::Threshold;
use crate::script::resolve::StdlibSources;

/// A script's text and what it says about itself.
#[derive(Debug, Clone)]
pub struct Script {
    /// Where it was read.
    pub path: PathBuf,
    /// Its source.
    pub text: String,
    /// What its `options()` says.
    pub options: ScriptOptions,
    /// What it runs.
    pub entry: Entry,
    /// Whether it has a `ready()`.
    pub has_ready: bool,
}

/// What a script runs.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Its `chain()`.
    Chain,
    /// These of its `cases()`, each a chain of its own.
    Cases(Vec<Case>),
}

/// One thing that attackers run, and that measurements are told apart by.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its name: the script's, or that and the case's.
    pub name: String,
    /// Which script it is in.
    pub script: usize,
    /// Which case it is, if its script holds cases.
    pub case: Option<Case>,
    /// How often it is picked relative to others.
    pub weight: f64,
}

impl Script {
    /// Its chains, as script number `at`. They share the script's weight, so that another case in a
    /// file leaves the mix of files as it was.
    pub fn chains(&self, at: usize) -> Vec<Chain> {
        let ScriptOptions { name, weight, .. } = &self.options;
        match &self.entry {
            Entry::Chain => {
                vec![Chain { name: name.clone(), script: at, case: None, weight: *weight }]
            }
            Entry::Cases(cases) => {
                let weight = weight / cases.len() as f64;
                let chain = |case: &Case| Chain {
                    name: format!("{name}/{}", case.name),
                    script: at,
                    case: Some(case.clone()),
                    weight,
                };
                cases.iter().map(chain).collect()
            }
        }
    }
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
    /// By whose word cases are judged.
    pub server: Server,
    /// What takes each event.
    pub sinks: SinkOptions,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
}

/// Everything that attackers run, in the order of the scripts.
fn chains(scripts: &[Script]) -> Vec<Chain> {
    let numbered = scripts.iter().enumerate();
    let mut chains: Vec<_> = numbered.flat_map(|(at, script)| script.chains(at)).collect();
    // A script that is kept out of the mix runs all the same when it is alone.
    if scripts.len() == 1 {
        for chain in &mut chains {
            chain.weight = 1.0;
        }
    }
    chains
}

/// The names that the measurements of a run refer to.
pub fn labels(scripts: &[Script], profile: &Profile) -> RunLabels {
    RunLabels {
        chains: chains(scripts).into_iter().map(|chain| chain.name).collect(),
        scenarios: vec!["default".to_owned()],
        stages: profile.stages().iter().map(|stage| stage.name.clone()).collect(),
    }
}

impl RunPlan {
    /// Everything that attackers run, in the order of the scripts.
    pub fn chains(&self) -> Vec<Chain> {
        chains(&self.scripts)
    }

    /// The names that measurements refer to.
    pub fn labels(&self) -> RunLabels {
        labels(&self.scripts, &self.profile)
    }

    /// The columns that scripts add to `--csv`; one that several declare is one.
    pub fn columns(&self) -> Vec<String> {
        let columns = self.scripts.iter().flat_map(|script| &script.options.columns);
        columns.collect::<IndexSet<_>>().into_iter().cloned().collect()
    }

    /// How long the run lasts, if that is known.
    pub fn known_length(&self) -> Option<Duration> {
        match (self.duration, self.profile.length()) {
            (Some(cut), Some(length)) => Some(cut.min(length)),
            (cut, length) => cut.or(length),
        }
    }
}
