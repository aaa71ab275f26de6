//! Scenarios: what runs in parallel within one run, each by a profile of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::plan::options::ScenarioOptions;
use crate::plan::run_plan::{Chain, Script, chains};
use crate::profile::Profile;
use crate::record::threshold::Threshold;

/// The name of a run's only scenario where the command line gives the profile.
const ONLY: &str = "default";

/// What is no reason for a second thread: a shard manages many times as many chains a second.
const LOW_RATE_PER_S: f64 = 500.0;

/// One scenario of a run.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name in everything measured.
    pub name: String,
    /// How many attackers, or chain starts a second, at which moment after its own start.
    pub profile: Profile,
    /// How long after the run's start it begins.
    pub start_after: Duration,
    /// How long after its own start it is cut short.
    pub duration: Option<Duration>,
    /// Threads that run its attackers, and nobody else's.
    pub shards: usize,
    /// What `env::get` finds before the process environment.
    pub env: BTreeMap<String, String>,
    /// On each of its measurements.
    pub tags: Vec<(String, String)>,
    /// Of each chain of the run, how often it is picked; 0 for those that only others run.
    pub weights: Vec<f64>,
    /// Judged on its measurements alone.
    pub thresholds: Vec<Threshold>,
}

/// Why scripts make no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// One declares none.
    #[error(
        "{} declares no scenarios; write for example fn options() {{ #{{ scenarios: #{{ steady: #{{ \
         profile: \"rate 50/s\", duration: \"5m\" }} }} }} }}, or run it with another command",
        .0.display()
    )]
    None(PathBuf),
    /// Two mean different things by one name.
    #[error(
        "{} and {} both declare the scenario `{name}`, but with another {key}; make them equal, and \
         their chains are mixed by weight, or give one another name",
        .paths[0].display(), .paths[1].display()
    )]
    Differ {
        /// The scenario.
        name: String,
        /// What differs.
        key: &'static str,
        /// The scripts.
        paths: Box<[PathBuf; 2]>,
    },
    /// Nothing would be picked.
    #[error("every script of the scenario `{0}` has weight 0, so none would be picked")]
    NoWeight(String),
    /// No scenario has anything to bound.
    #[error("--max-attackers is for scenarios of rate and ramp; there is none")]
    NoneOpen,
}

impl Scenario {
    /// The only one of a run of `scripts`, by the profile that the command line gives.
    pub fn only(
        profile: Profile,
        scripts: &[Script],
        most_shards: usize,
        env: &BTreeMap<String, String>,
    ) -> Self {
        // A script that is kept out of the mix runs all the same when it is alone.
        let weight = |script: usize| match scripts.len() {
            1 => 1.0,
            _ => scripts[script].options.weight,
        };
        let weights = chains(scripts).into_iter();
        let weights = weights.map(|chain| weight(chain.script) * chain.share);
        Self {
            name: ONLY.to_owned(),
            start_after: Duration::ZERO,
            duration: None,
            shards: most_shards.min(profile.most_attackers().max(1) as usize),
            profile,
            env: env.clone(),
            tags: Vec::new(),
            weights: weights.collect(),
            thresholds: Vec::new(),
        }
    }

    /// All that `scripts` declare, in the order in which they begin. The scripts are then set to what
    /// these run of them. Scenarios of one name are one, whose scripts are mixed by weight. `env` goes
    /// over their own, `max_attackers` over that of open ones.
    ///
    /// # Errors
    /// When a script declares none, or two mean different things by one name.
    pub fn declared(
        scripts: &mut [Script],
        most_shards: usize,
        env: &BTreeMap<String, String>,
        max_attackers: Option<u32>,
    ) -> Result<Vec<Self>, ScenarioError> {
        for script in &mut *scripts {
            if script.options.scenarios.is_empty() {
                return Err(ScenarioError::None(script.path.clone()));
            }
            script.entry.run_only(script.options.scenarios.values());
        }
        let declarations = by_name(scripts);
        let scenarios = declarations.into_iter();
        let scenarios = scenarios.map(|(name, all)| Self::of(name, &all, scripts));
        let mut scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
        if max_attackers.is_some() && !scenarios.iter().any(|it| it.profile.is_open()) {
            return Err(ScenarioError::NoneOpen);
        }
        for scenario in &mut scenarios {
            scenario.env.extend(env.clone());
            if let Some(most) = max_attackers.filter(|_| scenario.profile.is_open()) {
                scenario.profile = scenario.profile.clone().with_max_attackers(most);
            }
            scenario.shards = shards(&scenario.profile, most_shards);
        }
        scenarios.sort_by_key(|scenario| scenario.start_after);
        Ok(scenarios)
    }

    /// The scenario that these of `scripts` declare.
    fn of(
        name: &str,
        declared: &[(usize, &ScenarioOptions)],
        scripts: &[Script],
    ) -> Result<Self, ScenarioError> {
        let (first, options) = declared[0];
        for (script, other) in declared {
            if let Some(key) = difference(options, other) {
                let paths = Box::new([first, *script].map(|script| scripts[script].path.clone()));
                return Err(ScenarioError::Differ { name: name.to_owned(), key, paths });
            }
        }
        let weights = weights(declared, scripts);
        if weights.iter().all(|weight| *weight == 0.0) {
            return Err(ScenarioError::NoWeight(name.to_owned()));
        }
        let mut thresholds: Vec<Threshold> = Vec::new();
        for threshold in declared.iter().flat_map(|(_, options)| &options.thresholds) {
            if !thresholds.contains(threshold) {
                thresholds.push(threshold.clone());
            }
        }
        Ok(Self {
            name: name.to_owned(),
            profile: options.profile.clone(),
            start_after: options.start_after,
            duration: options.duration,
            shards: 1,
            env: options.env.clone(),
            tags: options.tags.clone().into_iter().collect(),
            weights,
            thresholds,
        })
    }

    /// Whether it ever picks chain `chain` of the run.
    pub fn runs(&self, chain: usize) -> bool {
        self.weights[chain] > 0.0
    }

    /// How long after the run's start it ends, in a run that is cut short after `cut`; none without end.
    pub fn ends(&self, cut: Option<Duration>) -> Option<Duration> {
        let own = self.duration.into_iter().chain(self.profile.length()).min();
        own.map(|own| self.start_after + own).into_iter().chain(cut).min()
    }
}

/// Who declares which scenario: the number of the script, and what it says.
fn by_name(scripts: &[Script]) -> BTreeMap<&str, Vec<(usize, &ScenarioOptions)>> {
    let mut all: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (at, script) in scripts.iter().enumerate() {
        for (name, options) in &script.options.scenarios {
            all.entry(name).or_default().push((at, options));
        }
    }
    all
}

/// What must be equal and is not.
fn difference(one: &ScenarioOptions, other: &ScenarioOptions) -> Option<&'static str> {
    let keys = [
        ("profile or max_attackers", one.profile == other.profile),
        ("start_after", one.start_after == other.start_after),
        ("duration", one.duration == other.duration),
        ("env", one.env == other.env),
        ("tags", one.tags == other.tags),
    ];
    keys.into_iter().find(|(_, equal)| !equal).map(|(key, _)| key)
}

/// Of each chain of the run its weight in the scenario that these declare.
fn weights(declared: &[(usize, &ScenarioOptions)], scripts: &[Script]) -> Vec<f64> {
    let weight = |chain: &Chain| {
        let of_script = declared.iter().find(|(script, _)| *script == chain.script);
        let options = of_script.map(|(_, options)| options);
        options.filter(|options| chain.is_run_by(options)).map_or(0.0, |options| {
            // A lone one needs no weight.
            let weight = if declared.len() == 1 { 1.0 } else { options.weight };
            weight * chain.share
        })
    };
    chains(scripts).iter().map(weight).collect()
}

fn shards(profile: &Profile, most: usize) -> usize {
    let is_slow = profile.is_open() && profile.highest_rate() <= LOW_RATE_PER_S;
    let most = if is_slow { 1 } else { most };
    most.min(profile.most_attackers().max(1) as usize)
}
