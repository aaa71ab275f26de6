//! `time`: clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rhai::plugin::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::HostError;
use crate::host::convert::{ScriptResult, at, throw};

/// Clocks, and times as text.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::ImmutableString;

    /// Wall-clock time in whole milliseconds since 1970.
    ///
    /// # Example
    /// ```rhai
    /// check::that("after 2020", time::now_ms() > 1_577_836_800_000);
    /// ```
    pub fn now_ms() -> i64 {
        super::since_epoch().as_millis() as i64
    }

    /// Wall-clock time in whole seconds since 1970.
    ///
    /// # Example
    /// ```rhai
    /// check::that("after 2020", time::now() > 1_577_836_800);
    /// ```
    pub fn now() -> i64 {
        super::since_epoch().as_secs() as i64
    }

    /// Milliseconds, with fractions, on a clock that never jumps: for measuring how long
    /// something takes. Its zero is arbitrary.
    ///
    /// # Example
    /// ```rhai
    /// let start = time::elapsed_ms();
    /// metric::trend("work_ms", time::elapsed_ms() - start);
    /// ```
    pub fn elapsed_ms() -> f64 {
        super::monotonic_ms()
    }

    /// Seconds since 1970 as an RFC 3339 time in UTC, as ACME's notBefore wants it.
    ///
    /// Errors: `argument` when the year would have more than four digits.
    ///
    /// # Example
    /// ```rhai
    /// check::that("formatted", time::rfc3339(0) == "1970-01-01T00:00:00Z");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rfc3339(ctx: NativeCallContext, seconds: i64) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::format(seconds))
    }

    /// An RFC 3339 time as seconds since 1970.
    ///
    /// Errors: `argument` when the text is no such time.
    ///
    /// # Example
    /// ```rhai
    /// check::that("parsed", time::parse("1970-01-01T00:01:00Z") == 60);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn parse(ctx: NativeCallContext, text: &str) -> ScriptResult<i64> {
        super::at(&ctx, super::parse(text))
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn monotonic_ms() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

fn format(seconds: i64) -> ScriptResult<rhai::ImmutableString> {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .map(Into::into)
        .ok_or_else(|| throw(HostError::argument(format!("time::rfc3339: {seconds} is no date"))))
}

fn parse(text: &str) -> ScriptResult<i64> {
    OffsetDateTime::parse(text, &Rfc3339).map(OffsetDateTime::unix_timestamp).map_err(|_| {
        throw(HostError::argument(format!("time::parse: `{text}` is no RFC 3339 time")))
    })
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
