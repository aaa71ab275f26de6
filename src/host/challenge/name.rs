//! The names that answers are published under.

use std::borrow::Cow;

use crate::challenge::domain::{NotAName, domain_key, host_key, name_key};
use crate::error::HostError;
use crate::host::convert::{ScriptResult, throw};

/// The key of the domain `name`, which `function` was given.
pub(super) fn domain<'a>(function: &str, name: &'a str) -> ScriptResult<Cow<'a, str>> {
    name_key(name).map_err(|error| refusal(function, &error))
}

/// The key of the domain or IP address `name`, which `function` was given.
pub(super) fn host<'a>(function: &str, name: &'a str) -> ScriptResult<Cow<'a, str>> {
    host_key(name).map_err(|error| refusal(function, &error))
}

/// The key of the name `labels` before the domain `name`, which `function` was given.
pub(super) fn below(function: &str, labels: &str, name: &str) -> ScriptResult<String> {
    domain(function, name)?;
    let whole = format!("{labels}.{}", domain_key(name));
    domain(function, &whole).map(Cow::into_owned)
}

fn refusal(function: &str, error: &NotAName) -> Box<rhai::EvalAltResult> {
    throw(HostError::argument(format!("{function}: {error}")))
}
