//! Who is shown a run while it goes on.

use crate::scheduler::report::Tick;

/// Shown a run while it goes on; must return quickly.
pub trait Watcher {
    /// A second has passed.
    fn tick(&mut self, tick: Tick);
    /// Something happened that people should know.
    fn note(&mut self, text: &str);
}
