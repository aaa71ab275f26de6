//! One run, whole: scripts, profile, ends, settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexSet;

use crate::plan::case::{Case, Server};
use crate::plan::options::{CHAIN, ScenarioOptions, ScriptOptions};
use crate::plan::scenario::Scenario;
use crate::plan::settings::Settings;
use crate::plan::sinks::SinkOptions;
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
    /// Its `chain()`, or those functions that scenarios name, each a chain of its own.
    Functions(Vec<String>),
    /// These of its `cases()`, each a chain of its own.
    Cases(Vec<Case>),
}

/// One thing that attackers run, and that measurements are told apart by.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its name: the script's, or that and the case's or function's.
    pub name: String,
    /// Which script it is in.
    pub script: usize,
    /// What it runs there.
    pub body: Body,
    /// Its share of the script's weight.
    pub share: f64,
}

/// What a chain runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A function of the script.
    Function(String),
    /// One of its cases.
    Case(Case),
}

impl Chain {
    /// The case it is, if its script holds cases.
    pub fn case(&self) -> Option<&Case> {
        match &self.body {
            Body::Case(case) => Some(case),
            Body::Function(_) => None,
        }
    }

    /// Whether its script runs it in a scenario of these options.
    pub fn is_run_by(&self, scenario: &ScenarioOptions) -> bool {
        match &self.body {
            Body::Case(_) => true,
            Body::Function(name) => name == scenario.function(),
        }
    }
}

impl Entry {
    /// What is run of a script alone or in a mix: its `chain()`.
    pub fn chain() -> Self {
        Self::Functions(vec![CHAIN.to_owned()])
    }

    /// Leaves of functions those that these scenarios name.
    pub(super) fn run_only<'a>(&mut self, scenarios: impl Iterator<Item = &'a ScenarioOptions>) {
        if let Self::Functions(functions) = self {
            let named: IndexSet<&str> = scenarios.map(ScenarioOptions::function).collect();
            *functions = named.into_iter().map(str::to_owned).collect();
        }
    }
}

impl Script {
    /// Its chains, as script number `at`. They share the script's weight, so that another case in a
    /// file leaves the mix of files as it was.
    pub fn chains(&self, at: usize) -> Vec<Chain> {
        let name = &self.options.name;
        match &self.entry {
            Entry::Functions(functions) => {
                let chain = |function: &String| Chain {
                    name: match function.as_str() {
                        CHAIN => name.clone(),
                        function => format!("{name}/{function}"),
                    },
                    script: at,
                    body: Body::Function(function.clone()),
                    share: 1.0,
                };
                functions.iter().map(chain).collect()
            }
            Entry::Cases(cases) => {
                let chain = |case: &Case| Chain {
                    name: format!("{name}/{}", case.name),
                    script: at,
                    body: Body::Case(case.clone()),
                    share: 1.0 / cases.len() as f64,
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
    /// What runs in parallel: at least one.
    pub scenarios: Vec<Scenario>,
    /// The run ends when this many chains were started.
    pub iterations: Option<u64>,
    /// The run ends after this time, whatever the profile says.
    pub duration: Option<Duration>,
    /// What running chains get to end when a run ends.
    pub stop_timeout: Duration,
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
pub(super) fn chains(scripts: &[Script]) -> Vec<Chain> {
    scripts.iter().enumerate().flat_map(|(at, script)| script.chains(at)).collect()
}

/// The names that the measurements of a run refer to. Stages of several scenarios are one list, in
/// which they begin with their scenario's name.
pub fn labels(scripts: &[Script], scenarios: &[Scenario]) -> RunLabels {
    let stages = scenarios.iter().flat_map(|scenario| {
        scenario.profile.stages().iter().map(|stage| match scenarios.len() {
            1 => stage.name.clone(),
            _ => format!("{} {}", scenario.name, stage.name),
        })
    });
    RunLabels {
        chains: chains(scripts).into_iter().map(|chain| chain.name).collect(),
        stages: stages.collect(),
        scenarios: scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        scenario_tags: scenarios.iter().map(|scenario| scenario.tags.clone()).collect(),
    }
}

impl RunPlan {
    /// Everything that attackers run, in the order of the scripts.
    pub fn chains(&self) -> Vec<Chain> {
        chains(&self.scripts)
    }

    /// The names that measurements refer to.
    pub fn labels(&self) -> RunLabels {
        labels(&self.scripts, &self.scenarios)
    }

    /// The columns that scripts add to `--csv`; one that several declare is one.
    pub fn columns(&self) -> Vec<String> {
        let columns = self.scripts.iter().flat_map(|script| &script.options.columns);
        columns.collect::<IndexSet<_>>().into_iter().cloned().collect()
    }

    /// Threads that run attackers.
    pub fn shards(&self) -> usize {
        self.scenarios.iter().map(|scenario| scenario.shards).sum()
    }

    /// The number of the first stage of scenario `scenario`, among those of all.
    pub fn first_stage(&self, scenario: usize) -> usize {
        self.scenarios[..scenario].iter().map(|before| before.profile.stages().len()).sum()
    }

    /// The number of the first attacker of scenario `scenario`. No two of a run have the same, for what
    /// they draw at random and the addresses they come from follow it.
    pub fn first_attacker(&self, scenario: usize) -> u32 {
        self.scenarios[..scenario]
            .iter()
            .map(|before| before.profile.most_attackers())
            .fold(0, u32::saturating_add)
    }

    /// The scenario that goes on for the longest.
    pub fn longest(&self) -> usize {
        let ends = |at: &usize| self.scenarios[*at].ends(self.duration).unwrap_or(Duration::MAX);
        (0..self.scenarios.len()).max_by_key(ends).unwrap_or(0)
    }
}
