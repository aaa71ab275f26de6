//! Which sinks take each event of a run.

use std::path::PathBuf;

/// What the command line wants of each event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SinkOptions {
    /// `--log`: one line per chain.
    pub log: Option<PathBuf>,
    /// `--csv`: one row per request.
    pub csv: Option<PathBuf>,
    /// `--report`: when things happened, for its charts.
    pub report: bool,
    /// `--split-by-stage`: a file per stage of each of these.
    pub split_by_stage: bool,
    /// `--statsd`.
    pub statsd: Option<StatsdOptions>,
}

/// Where and how `StatsD` is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsdOptions {
    /// `HOST:PORT`.
    pub server: String,
    /// What all names begin with.
    pub prefix: String,
    /// What timings are counted in.
    pub unit: StatsdUnit,
}

/// What timings are sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum StatsdUnit {
    /// Nanoseconds.
    #[default]
    Ns,
    /// Milliseconds, with decimals.
    Ms,
}
