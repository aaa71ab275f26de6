//! What a sink that takes each event is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::macros::format_description;

use crate::plan::sinks::SinkOptions;
use crate::record::event::Batch;
use crate::record::sample::RunLabels;
use crate::report::timeline::Timeline;

/// What sinks know of a run.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The names of chains, scenarios and stages.
    pub labels: Arc<RunLabels>,
    /// The scripts' own columns.
    pub columns: Vec<String>,
    /// When it began.
    pub epoch: Epoch,
}

/// One moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Epoch {
    wall: SystemTime,
    monotonic: Instant,
}

impl Epoch {
    /// This moment.
    pub fn now() -> Self {
        Self { wall: SystemTime::now(), monotonic: Instant::now() }
    }

    #[cfg(test)]
    pub(super) fn at(wall: SystemTime) -> Self {
        Self { wall, monotonic: Instant::now() }
    }

    /// The moment so much later.
    #[cfg(test)]
    pub(super) fn after(&self, since: Duration) -> Instant {
        self.monotonic + since
    }

    /// From here to `moment`.
    pub fn since(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.monotonic)
    }

    /// What clocks on the wall showed at `moment`: RFC 3339, UTC, to the microsecond.
    pub fn wall_clock(&self, moment: Instant) -> String {
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
        );
        let at = OffsetDateTime::from(self.wall + self.since(moment));
        at.format(&format).expect("a time of this age has all these parts")
    }
}

/// A consumer of each event, on a thread of its own. The first error ends it: the load goes on without.
pub trait EventSink: Send {
    /// What people call it: `--log run.ndjson`.
    fn name(&self) -> String;

    /// Whether events may be left out when it cannot keep up.
    fn is_lossy(&self) -> bool {
        false
    }

    /// The files that it has open.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// The run begins.
    fn begin(&mut self, run: &RunFacts) -> io::Result<()>;

    /// Takes events.
    fn take(&mut self, batch: &Batch) -> io::Result<()>;

    /// There is nothing more to take for now, or at all.
    fn flush(&mut self) -> io::Result<()>;

    /// What it keeps for the report at the end of the run. Nothing is taken after this.
    fn timeline(&mut self) -> Option<Timeline> {
        None
    }

    /// A second has passed.
    fn second(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a sink cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file cannot be written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// A server's name has no address.
    #[error("cannot resolve --statsd {server}: {why}")]
    Server {
        /// What was given.
        server: String,
        /// What the resolver says.
        why: io::Error,
    },
}

/// Opens a sink, if the options want it.
pub type Open = fn(&SinkOptions) -> Result<Option<Box<dyn EventSink>>, OpenError>;
