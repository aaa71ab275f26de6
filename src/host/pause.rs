//! `sleep`: the only function without a module.

// rhai's macro needs owned parameters where a script passes values.
#![allow(clippy::needless_pass_by_value)]

use rhai::Dynamic;
use rhai::plugin::*;

use crate::attacker::fiber;
use crate::error::HostError;
use crate::host::convert::{ScriptResult, ended, throw, type_word};

/// Waiting.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::Dynamic;

    /// Waits, while other attackers go on. `seconds` may have fractions.
    ///
    /// Errors: `argument` when it is negative or not a number.
    ///
    /// # Example
    /// ```rhai
    /// let before = time::now_ms();
    /// sleep(0.02);
    /// check::that("20 ms passed", time::now_ms() - before >= 20);
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn sleep(seconds: f64) -> ScriptResult<()> {
        super::pause(seconds)
    }

    /// See the overload with fractions.
    #[rhai_fn(global, name = "sleep", return_raw)]
    pub fn sleep_whole(seconds: i64) -> ScriptResult<()> {
        super::pause(seconds as f64)
    }

    /// See the overload with fractions.
    #[rhai_fn(global, name = "sleep", return_raw)]
    pub fn sleep_wrong(seconds: Dynamic) -> ScriptResult<()> {
        super::not_a_number(&seconds)
    }
}

fn not_a_number(seconds: &Dynamic) -> ScriptResult<()> {
    let told = format!("sleep: want a number of seconds, got {}", type_word(seconds));
    Err(throw(HostError::argument(told)))
}

fn pause(seconds: f64) -> ScriptResult<()> {
    let duration = std::time::Duration::try_from_secs_f64(seconds).map_err(|_| {
        throw(HostError::argument(format!("sleep: want 0 or more seconds, got {seconds}")))
    })?;
    fiber::wait(async { tokio::time::sleep(duration).await }).map_err(ended)
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
