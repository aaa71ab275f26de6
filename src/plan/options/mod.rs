//! What a script's `options()` returns, typed.

mod limits;
mod scenario;
mod script;
mod threshold;

pub use limits::Limits;
pub use scenario::{CHAIN, ScenarioOptions};
pub use script::{CSV_COLUMNS, OptionsErrors, ScriptOptions, default_name};
