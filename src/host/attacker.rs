//! `attacker`: the simulated user itself and what it remembers between its chains.

use rhai::Dynamic;
use rhai::plugin::*;

use crate::attacker::context::current;
use crate::host::convert::{ScriptResult, at};

/// The simulated user that runs this chain. What it sets survives its chains and is its own.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::Dynamic;

    /// The attacker's number; the first is 0. Those of another scenario have others.
    ///
    /// # Example
    /// ```rhai
    /// check::that("a number", attacker::id() >= 0);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn id(ctx: NativeCallContext) -> ScriptResult<i64> {
        super::at(&ctx, super::id())
    }

    /// How many chains this attacker ran before this one.
    ///
    /// # Example
    /// ```rhai
    /// if attacker::chain_number() == 0 { log::info("the first chain"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn chain_number(ctx: NativeCallContext) -> ScriptResult<i64> {
        super::at(&ctx, super::chain_number())
    }

    /// What this attacker set under `name`, or `()`.
    ///
    /// # Example
    /// ```rhai
    /// attacker::set("orders", 3);
    /// check::that("remembered", attacker::get("orders") == 3);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn get(ctx: NativeCallContext, name: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::get(name))
    }

    /// Remembers `value` under `name` for this attacker's later chains.
    ///
    /// # Example
    /// ```rhai
    /// attacker::set("orders", 3);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn set(ctx: NativeCallContext, name: &str, value: Dynamic) -> ScriptResult<()> {
        super::at(&ctx, super::set(name, value))
    }

    /// Forgets what was set under `name` and returns it, or `()`.
    ///
    /// # Example
    /// ```rhai
    /// attacker::set("orders", 3);
    /// check::that("taken", attacker::remove("orders") == 3);
    /// check::that("gone", attacker::get("orders") == ());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn remove(ctx: NativeCallContext, name: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::remove(name))
    }
}

fn id() -> ScriptResult<i64> {
    Ok(i64::from(current()?.attacker.id))
}

fn chain_number() -> ScriptResult<i64> {
    Ok(current()?.number.cast_signed())
}

fn get(name: &str) -> ScriptResult<Dynamic> {
    Ok(current()?.attacker.state.borrow().get(name).cloned().unwrap_or_default())
}

fn set(name: &str, value: Dynamic) -> ScriptResult<()> {
    current()?.attacker.state.borrow_mut().insert(name.into(), value);
    Ok(())
}

fn remove(name: &str) -> ScriptResult<Dynamic> {
    Ok(current()?.attacker.state.borrow_mut().remove(name).unwrap_or_default())
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
