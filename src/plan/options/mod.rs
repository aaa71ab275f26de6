//! What a script's `options()` returns, typed.

mod fields;
mod limits;
mod scenario;
mod script;
mod threshold;

pub use fields::OptionsError;
pub use limits::Limits;
pub use scenario::ScenarioOptions;
pub use script::{OptionsErrors, ScriptOptions};
pub use threshold::ThresholdOptions;
