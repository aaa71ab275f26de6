//! `metric`: a script's own figures.

use rhai::Dynamic;
use rhai::plugin::*;

use crate::attacker::context::current;
use crate::error::HostError;
use crate::host::convert::{ScriptResult, at, throw, type_word};
use crate::record::sample::MetricKind;

/// Figures of the script's own, of k6's four kinds. A name keeps the kind of its first use.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::record::sample::MetricKind;
    use rhai::Dynamic;

    /// Adds `value` to the sum `name`.
    ///
    /// Errors: `argument` when `value` is no number, or `name` is of another kind.
    ///
    /// # Example
    /// ```rhai
    /// metric::counter("certificates", 1);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn counter(ctx: NativeCallContext, name: &str, value: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::add(name, MetricKind::Counter, &value))
    }

    /// Sets the level `name`; its last, smallest and largest value are kept.
    ///
    /// Errors: as `metric::counter`.
    ///
    /// # Example
    /// ```rhai
    /// metric::gauge("queue_length", 17);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gauge(ctx: NativeCallContext, name: &str, value: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::add(name, MetricKind::Gauge, &value))
    }

    /// Counts a yes or no towards the share `name`.
    ///
    /// Errors: `argument` when `name` is of another kind.
    ///
    /// # Example
    /// ```rhai
    /// metric::rate("cache_hits", true);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rate(ctx: NativeCallContext, name: &str, value: bool) -> ScriptResult<()> {
        super::at(&ctx, super::record(name, MetricKind::Rate, f64::from(u8::from(value))))
    }

    /// Adds `value` to the distribution `name`, whose average and percentiles are shown.
    /// A time should be in ms, and the name end in `_ms`.
    ///
    /// Errors: as `metric::counter`.
    ///
    /// # Example
    /// ```rhai
    /// metric::trend("issuance_ms", 41.5);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn trend(ctx: NativeCallContext, name: &str, value: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::add(name, MetricKind::Trend, &value))
    }
}

/// Beyond this a distribution could not keep its precision.
const LARGEST: f64 = 1e12;

fn add(name: &str, kind: MetricKind, value: &Dynamic) -> ScriptResult<()> {
    let number = value.as_float().or_else(|_| value.as_int().map(|int| int as f64));
    match number {
        Ok(number) if number.abs() <= LARGEST => record(name, kind, number),
        Ok(number) => {
            let message = format!("metric `{name}`: want -1e12 to 1e12, got {number}");
            Err(throw(HostError::argument(message)))
        }
        Err(_) => {
            let message = format!("metric `{name}`: want a number, got {}", type_word(value));
            Err(throw(HostError::argument(message)))
        }
    }
}

fn record(name: &str, kind: MetricKind, value: f64) -> ScriptResult<()> {
    let chain = current()?;
    let recorded = chain.shard.recorder.borrow_mut().metric(chain.place, name, kind, value);
    recorded.map_err(|conflict| throw(HostError::argument(conflict.to_string())))
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
