//! Opens the sinks that take each event, before anything else is started, and ends them after the run.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::load::runtime;
use crate::error::Fatal;
use crate::plan::run_plan::RunPlan;
use crate::plan::sinks::SinkOptions;
use crate::scheduler::{ShardStart, Signals};
use crate::sink::event_sink::{Epoch, EventSink, OpenError, RunFacts};
use crate::sink::pump::{Ended, News, Pump};
use crate::sink::registry;

/// What sinks get to write what they have when a second Ctrl-C has ended the run.
const GRACE: Duration = Duration::from_millis(200);

/// Sinks that can write.
pub(super) struct Opened(Vec<Box<dyn EventSink>>);

/// Opens what the options want. `others` are files that the run writes besides.
///
/// # Errors
/// Exit 2 when two of them would write the same file, 4 when one cannot write.
pub(super) fn open(options: &SinkOptions, others: &[Option<&Path>]) -> Result<Opened, Fatal> {
    if options.split_by_stage && options.log.is_none() && options.csv.is_none() {
        return Err(Fatal::usage("--split-by-stage splits --log and --csv; give one of them"));
    }
    let sinks = registry::open(options).map_err(|error| match &error {
        OpenError::File(_) | OpenError::Server { .. } => Fatal::setup(error.to_string()),
    })?;
    let mut files: Vec<PathBuf> = sinks.iter().flat_map(|sink| sink.files()).collect();
    files.extend(others.iter().flatten().map(|&path| path.to_owned()));
    distinct(&files)?;
    Ok(Opened(sinks))
}

/// What tells files apart.
#[derive(PartialEq, Eq)]
enum Identity {
    /// Whatever it is called, a file is its inode.
    Inode(u64, u64),
    /// Of one that is not there yet.
    Path(PathBuf),
}

/// None for what several may write, as `/dev/null`.
fn identity(path: &PathBuf) -> Option<Identity> {
    match fs::metadata(path) {
        Ok(known) if known.is_file() => Some(Identity::Inode(known.dev(), known.ino())),
        Ok(_) => None,
        Err(_) => {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
            Some(Identity::Path(folder.join(path.file_name()?)))
        }
    }
}

/// Two writers would overwrite each other's text.
fn distinct(files: &[PathBuf]) -> Result<(), Fatal> {
    let identities: Vec<_> = files.iter().map(identity).collect();
    for (at, one) in identities.iter().enumerate() {
        let same = identities[..at].iter().position(|other| one.is_some() && one == other);
        if let Some(other) = same {
            let (other, one) = (files[other].display(), files[at].display());
            let told = format!("{other} and {one} are one file; give each output its own");
            return Err(Fatal::usage(told));
        }
    }
    Ok(())
}

/// Sinks at work, if there are any.
pub(super) struct Sinks(Option<Pump>);

impl Opened {
    /// Has them take each event of the load that begins now with `start`.
    ///
    /// # Errors
    /// Exit 4 when the system grants no thread.
    pub(super) fn start(self, plan: &RunPlan, start: &mut ShardStart) -> Result<Sinks, Fatal> {
        if self.0.is_empty() {
            return Ok(Sinks(None));
        }
        let labels = Arc::new(plan.labels());
        let run = RunFacts { labels, columns: plan.columns(), epoch: Epoch::now() };
        let pump = Pump::start(self.0, &run)
            .map_err(|error| Fatal::setup(format!("cannot start a thread: {error}")))?;
        start.outlets = pump.outlets();
        Ok(Sinks(Some(pump)))
    }
}

impl Sinks {
    /// What people should know at once.
    pub(super) fn news(&self) -> News {
        self.0.as_ref().map(Pump::news).unwrap_or_default()
    }

    /// Waits until they have written everything; Ctrl-C ends that. A run that was `interrupted` has no
    /// time for it.
    ///
    /// # Errors
    /// Exit 4 when the system grants no runtime or signal handler.
    pub(super) fn finish(self, interrupted: bool) -> Result<Ended, Fatal> {
        let Some(pump) = self.0 else { return Ok(Ended::default()) };
        let news = pump.news();
        let ended = runtime()?.block_on(async {
            let mut signals = Signals::listen()
                .map_err(|error| Fatal::setup(format!("cannot listen for signals: {error}")))?;
            let give_up = async {
                if interrupted {
                    tokio::time::sleep(GRACE).await;
                } else {
                    signals.next().await;
                }
            };
            Ok(pump.finish(give_up).await)
        });
        for text in news.take() {
            eprintln!("{text}");
        }
        ended
    }
}
