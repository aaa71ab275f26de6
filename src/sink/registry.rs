//! The sinks that take each event.

use super::event_sink::{EventSink, Open, OpenError};
use super::{csv, log, report, statsd};
use crate::plan::sinks::SinkOptions;

/// All of them. A new one is a file and a line here.
const EVENT_SINKS: &[Open] = &[log::open, csv::open, statsd::open, report::open];

/// Opens those that are wanted.
///
/// # Errors
/// When one cannot write, with where.
pub fn open(options: &SinkOptions) -> Result<Vec<Box<dyn EventSink>>, OpenError> {
    EVENT_SINKS.iter().filter_map(|open| open(options).transpose()).collect()
}
