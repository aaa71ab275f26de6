//! Thresholds: what a run must keep to, read, checked and judged.

mod change;
mod check;
mod error;
mod expression;
mod hint;
mod in_summary;
mod judge;
mod parse;
mod read;
mod watch;

pub use change::{FailIf, Judged};
pub use check::MetricNames;
pub use error::ThresholdError;
pub use expression::Threshold;
pub use judge::{Span, judge};
pub use watch::{Breach, Watch};
