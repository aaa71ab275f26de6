//! `state`: data that all attackers share.

use rand::Rng;
use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::attacker::context::current;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{Options, ScriptResult, at, throw, throw_as};
use crate::script::data::Plain;
use crate::store::encoded::Encoded;

/// The options of `push`.
pub const PUSH_OPTIONS: [&str; 1] = ["most"];

/// Data that all attackers of a run share, on all shards, and that `--state FILE` keeps for later runs:
/// values by key, and lists by name, which have nothing to do with each other.
///
/// Values are plain data: numbers, strings, blobs, `true` and `false`, `()`, arrays and maps of these. A key
/// is kept as its PEM text. What comes out is a copy. Without `--state` everything ends with the run, and so
/// does what it takes in memory: give long lists a `most`.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Dynamic, Map};

    /// The value of `key`, or `()`.
    ///
    /// # Example
    /// ```rhai
    /// state::set("limits", #{ orders: 300 });
    /// check::that("shared", state::get("limits").orders == 300);
    /// check::that("nothing", state::get("never set") == ());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn get(ctx: NativeCallContext, key: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::get(key))
    }

    /// Makes `value` that of `key`; `()` forgets it.
    ///
    /// Errors: `argument` for what is no plain data, naming where it is.
    ///
    /// # Example
    /// ```rhai
    /// state::set("key of the test", key::generate().pem());
    /// check::that("a key again", key::from_pem(state::get("key of the test")).alg == "ES256");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn set(ctx: NativeCallContext, key: &str, value: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::set(key, &value))
    }

    /// Forgets `key` and returns the value it had, or `()`. Of several attackers one gets it.
    ///
    /// # Example
    /// ```rhai
    /// state::set("once", 1);
    /// check::that("taken", state::remove("once") == 1 && state::remove("once") == ());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn remove(ctx: NativeCallContext, key: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::remove(key))
    }

    /// Adds `value` to the end of `list`, which need not be there.
    ///
    /// The option `most` says how many it may have: beyond that, one at random goes, and is returned. Without
    /// it, or while there is room, `()` is.
    ///
    /// Errors: `argument` for what is no plain data, naming where it is.
    ///
    /// # Example
    /// ```rhai
    /// for number in 0..5 { state::push("some numbers", number, #{ most: 3 }); }
    /// check::that("three", state::size("some numbers") == 3);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn push(
        ctx: NativeCallContext,
        list: &str,
        value: Dynamic,
        options: Map,
    ) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::push(list, &value, options))
    }

    /// See the overload with options.
    #[rhai_fn(name = "push", return_raw)]
    pub fn push_plain(ctx: NativeCallContext, list: &str, value: Dynamic) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::push(list, &value, Map::new()))
    }

    /// Takes the last value of `list` and returns it, or `()`. Of several attackers one gets it.
    ///
    /// # Example
    /// ```rhai
    /// state::push("a stack", "below");
    /// state::push("a stack", "above");
    /// check::that("the last one", state::pop("a stack") == "above" && state::size("a stack") == 1);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pop(ctx: NativeCallContext, list: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::pop(list))
    }

    /// A random value of `list`, which it keeps, or `()`.
    ///
    /// # Example
    /// ```rhai
    /// state::push("the dice", 6);
    /// check::that("the only one", state::random("the dice") == 6);
    /// check::that("none", state::random("nothing here") == ());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn random(ctx: NativeCallContext, list: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::random(list))
    }

    /// Takes `value` out of `list`, once if it is there more often; false when it is not there. Of several
    /// attackers one is told that it did. The last value takes its place.
    ///
    /// # Example
    /// ```rhai
    /// state::push("open orders", "https://ca.example/order/1");
    /// check::that("taken", state::take("open orders", "https://ca.example/order/1"));
    /// check::that("gone", !state::take("open orders", "https://ca.example/order/1"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn take(ctx: NativeCallContext, list: &str, value: Dynamic) -> ScriptResult<bool> {
        super::at(&ctx, super::take(list, &value))
    }

    /// Whether `list` has `value`.
    ///
    /// # Example
    /// ```rhai
    /// state::push("known names", "a.example");
    /// check::that("known", state::contains("known names", "a.example"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn contains(ctx: NativeCallContext, list: &str, value: Dynamic) -> ScriptResult<bool> {
        super::at(&ctx, super::contains(list, &value))
    }

    /// How many values `list` has; 0 if it was never used.
    ///
    /// # Example
    /// ```rhai
    /// state::push("counted", 1);
    /// check::that("one", state::size("counted") == 1 && state::size("never used") == 0);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn size(ctx: NativeCallContext, list: &str) -> ScriptResult<i64> {
        super::at(&ctx, super::size(list))
    }

    /// Whether the data is kept for later runs: whether `--state` was given.
    ///
    /// # Example
    /// ```rhai
    /// if !state::is_kept() { log::info("this ends with the run"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn is_kept(ctx: NativeCallContext) -> ScriptResult<bool> {
        super::at(&ctx, super::is_kept())
    }

    /// The number of this run among those that used the file of `--state`: 1 for the first, and without one.
    ///
    /// # Example
    /// ```rhai
    /// if state::run() > 1 { log::info("some of this data was there before"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn run(ctx: NativeCallContext) -> ScriptResult<i64> {
        super::at(&ctx, super::run())
    }
}

fn get(key: &str) -> ScriptResult<Dynamic> {
    value(current()?.shard.state.get(key))
}

fn set(key: &str, value: &Dynamic) -> ScriptResult<()> {
    let chain = current()?;
    if value.is_unit() {
        chain.shard.state.remove(key);
    } else {
        chain.shard.state.set(key, &plain(value)?);
    }
    Ok(())
}

fn remove(key: &str) -> ScriptResult<Dynamic> {
    value(current()?.shard.state.remove(key))
}

fn push(list: &str, item: &Dynamic, options: Map) -> ScriptResult<Dynamic> {
    let mut options = Options::new("state::push", options, &PUSH_OPTIONS).map_err(throw)?;
    let most = options.int("most", 1..=i64::from(u32::MAX)).map_err(throw)?;
    let most = most.map_or(u32::MAX as usize, |most| most as usize);
    value(current()?.shard.state.push(list, &plain(item)?, most))
}

fn pop(list: &str) -> ScriptResult<Dynamic> {
    value(current()?.shard.state.pop(list))
}

fn random(list: &str) -> ScriptResult<Dynamic> {
    let chain = current()?;
    value(chain.shard.state.random(list, |of| chain.rng.borrow_mut().random_range(0..of)))
}

fn take(list: &str, item: &Dynamic) -> ScriptResult<bool> {
    Ok(current()?.shard.state.take(list, &plain(item)?))
}

fn contains(list: &str, item: &Dynamic) -> ScriptResult<bool> {
    Ok(current()?.shard.state.contains(list, &plain(item)?))
}

fn size(list: &str) -> ScriptResult<i64> {
    Ok(current()?.shard.state.size(list) as i64)
}

fn is_kept() -> ScriptResult<bool> {
    Ok(current()?.shard.state.is_kept())
}

fn run() -> ScriptResult<i64> {
    Ok(current()?.shard.state.run().cast_signed())
}

fn plain(value: &Dynamic) -> ScriptResult<Plain> {
    Plain::copy(value, "the value").map_err(|error| throw(HostError::argument(error.to_string())))
}

fn value(kept: Option<Encoded>) -> ScriptResult<Dynamic> {
    let Some(kept) = kept else { return Ok(Dynamic::UNIT) };
    let plain = kept.decode().map_err(|error| throw_as(ErrorKind::Internal, &error))?;
    Ok(plain.into_dynamic())
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
