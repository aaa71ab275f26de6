//! `check`: assertions that are counted and never end a chain.

use rhai::plugin::*;
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, NativeCallContext};

use crate::attacker::context::current;
use crate::error::HostError;
use crate::host::convert::{self, ScriptResult, at, throw, type_word};
use crate::host::{log, members};

/// Assertions: counted by name, shown in the summary, never throwing for a false one. And, for those
/// who write functions for scripts, `check::options` and `check::members`, which throw.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Array, Dynamic, Map, NativeCallContext};

    /// Counts whether `ok` holds, under `name`, and returns it.
    ///
    /// # Example
    /// ```rhai
    /// let right = check::that("two and two", 2 + 2 == 4);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn that(ctx: NativeCallContext, name: &str, ok: bool) -> ScriptResult<bool> {
        super::at(&ctx, super::that(name, ok))
    }

    /// Calls each function of `conditions` with `value`, counts the answers by name, and returns
    /// whether all were true. A function that throws counts as false.
    ///
    /// Errors: `argument` when an entry is no function.
    ///
    /// # Example
    /// ```rhai
    /// let all = check::all(200, #{
    ///     "status is 200": |status| status == 200,
    ///     "no error": |status| status < 400,
    /// });
    /// if !all { throw "both should hold"; }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn all(ctx: NativeCallContext, value: Dynamic, conditions: Map) -> ScriptResult<bool> {
        super::all(&ctx, &value, &conditions)
    }

    /// Throws unless each key of `options`, given to `function`, is one of `known`.
    ///
    /// Errors: `argument`, naming the nearest right one.
    ///
    /// # Example
    /// ```rhai
    /// try {
    ///     check::options("order", #{ nmae: "a.example" }, ["name", "profile"]);
    /// } catch (err) {
    ///     check::that("told", err.message == "unknown option `nmae` of order; did you mean `name`?");
    /// }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn options(
        ctx: NativeCallContext,
        function: &str,
        options: Map,
        known: Array,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::options(function, &options, &known))
    }

    /// As the overload with a map, for what is none.
    ///
    /// See the overload with a map.
    #[rhai_fn(name = "options", return_raw)]
    pub fn options_wrong(
        ctx: NativeCallContext,
        function: &str,
        options: Dynamic,
        _known: Array,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::options_wrong(function, &options))
    }

    /// Throws unless `value`, which `argument` names, is a map with `members`, as `check::members` takes
    /// them; or of a type, in the overload with one: `"string"`, `"array"`, `"PrivateKey"`, `"url"`.
    ///
    /// Errors: `argument`, naming it.
    ///
    /// # Example
    /// ```rhai
    /// let order = #{ names: "a.example" };
    /// try {
    ///     check::argument(order.names, "order: names", "array");
    /// } catch (err) {
    ///     check::that("told", err.message == "order: names: want array, got string");
    /// }
    /// check::argument(order, "order", ["names: string"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn argument(
        ctx: NativeCallContext,
        value: &mut Dynamic,
        argument: &str,
        members: Array,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::argument(value, argument, &members).map_err(super::throw))
    }

    /// See the overload with members.
    #[rhai_fn(name = "argument", return_raw, pure)]
    pub fn argument_type(
        ctx: NativeCallContext,
        value: &mut Dynamic,
        argument: &str,
        kind: &str,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::argument_type(value, argument, kind).map_err(super::throw))
    }

    /// Throws unless `value`, which `argument` names, is one of `words`.
    ///
    /// Errors: `argument`, naming the nearest right one.
    ///
    /// # Example
    /// ```rhai
    /// try {
    ///     check::one_of("HTTP-01", "-e CHALLENGE=...", ["http-01", "dns-01"]);
    /// } catch (err) {
    ///     check::that("told", err.message == "-e CHALLENGE=...: unknown `HTTP-01`; did you mean `http-01`?");
    /// }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn one_of(
        ctx: NativeCallContext,
        value: Dynamic,
        argument: &str,
        words: Array,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::one_of(&value, argument, &words).map_err(super::throw))
    }

    /// Throws unless `object`, which came from `endpoint`, has `members`, each `"name"` or with its type
    /// `"name: string"`, as `object()` of an answer takes them.
    ///
    /// Errors: `protocol`, naming endpoint and member.
    ///
    /// # Example
    /// ```rhai
    /// let challenge = #{ type: "http-01", token: 5 };
    /// try {
    ///     check::members("authz", challenge, ["type: string", "token: string"]);
    /// } catch (err) {
    ///     check::that("told", err.message == "authz: \"token\" is no string but a number");
    /// }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn members(
        ctx: NativeCallContext,
        endpoint: &str,
        object: Map,
        members: Array,
    ) -> ScriptResult<()> {
        super::at(&ctx, super::members::check(endpoint, &object, &members).map_err(super::throw))
    }
}

fn that(name: &str, ok: bool) -> ScriptResult<bool> {
    count(name, ok, "it is false")
}

/// Counts a check. Whoever watches the chain (`once`) is told why one failed.
fn count(name: &str, ok: bool, why: &str) -> ScriptResult<bool> {
    let chain = current()?;
    chain.shard.recorder.borrow_mut().check(chain.place, name, ok);
    if !ok && chain.shard.observer.is_some() {
        log::write("check failed", &format!("{name}: {why}"));
    }
    Ok(ok)
}

fn all(ctx: &NativeCallContext, value: &Dynamic, conditions: &Map) -> ScriptResult<bool> {
    let mut all_hold = true;
    for (name, condition) in conditions {
        let Some(function) = condition.clone().try_cast::<FnPtr>() else {
            let word = type_word(condition);
            let message = format!("check::all: `{name}` must be a function, it is {word}");
            return Err(throw(HostError::argument(message)));
        };
        let (holds, why) = match function.call_within_context::<Dynamic>(ctx, (value.clone(),)) {
            Ok(answer) => (answer.as_bool().unwrap_or(false), format!("it returned {answer}")),
            Err(error) if error.is_catchable() => (false, format!("it threw {error}")),
            Err(error) => return Err(error),
        };
        all_hold &= count(name, holds, &why)?;
    }
    Ok(all_hold)
}

fn argument(value: &Dynamic, argument: &str, members: &Array) -> Result<(), HostError> {
    match value.read_lock::<Map>() {
        Some(object) => members::check_given(argument, &object, members),
        None => Err(wrong_type(value, argument, "map")),
    }
}

fn argument_type(value: &Dynamic, argument: &str, kind: &str) -> Result<(), HostError> {
    if members::is_a(kind, value) { Ok(()) } else { Err(wrong_type(value, argument, kind)) }
}

fn wrong_type(value: &Dynamic, argument: &str, want: &str) -> HostError {
    HostError::argument(format!("{argument}: want {want}, got {}", type_word(value)))
}

fn one_of(value: &Dynamic, argument: &str, words: &Array) -> Result<(), HostError> {
    let words: Vec<_> = words.iter().filter_map(Dynamic::read_lock::<ImmutableString>).collect();
    let Some(text) = value.read_lock::<ImmutableString>() else {
        let told = format!("{argument}: want string, got {}", type_word(value));
        return Err(HostError::argument(told));
    };
    if words.iter().any(|word| **word == *text) {
        return Ok(());
    }
    let words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
    let told = match text.as_str() {
        "" => format!("it is empty; it takes {}", words.join(", ")),
        text => {
            let hint = convert::nearest(&text.to_ascii_lowercase(), &words);
            format!("unknown `{text}`; {hint}")
        }
    };
    Err(HostError::argument(format!("{argument}: {told}")))
}

fn options_wrong(function: &str, options: &Dynamic) -> ScriptResult<()> {
    let word = type_word(options);
    Err(throw(HostError::argument(format!("{function}: want options as a map, got {word}"))))
}

fn options(function: &str, options: &Map, known: &Array) -> ScriptResult<()> {
    if options.is_empty() {
        return Ok(());
    }
    let known: Vec<_> = known.iter().filter_map(Dynamic::read_lock::<ImmutableString>).collect();
    let known: Vec<&str> = known.iter().map(|name| name.as_str()).collect();
    convert::known_options(function, options, &known).map_err(throw)
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
