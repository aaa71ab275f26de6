//! Who is shown a run while it goes on.

use crate::record::threshold::{Breach, Threshold};
use crate::scheduler::report::Tick;

/// Shown a run while it goes on; must return quickly.
pub trait Watcher {
    /// A second has passed.
    fn tick(&mut self, tick: Tick);
    /// A threshold ends the run: what it is, and what was measured.
    fn ended_by(&mut self, threshold: &Threshold, breach: &Breach);
    /// Something happened that people should know.
    fn note(&mut self, text: &str);
}
