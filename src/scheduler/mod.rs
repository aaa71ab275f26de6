//! The run loop: which attackers run when, and how a run ends.

mod clock;
mod conductor;
mod herd;
mod inquiry;
mod lane;
mod report;
mod shard;
mod signals;
mod waiting;
mod watcher;

pub use conductor::{AskedScript, Conductor, RunEnd, RunResult};
pub use report::{ScenarioTick, Tick};
pub use shard::{ObserverFactory, ShardStart};
pub use signals::Signals;
pub use watcher::Watcher;
