//! `claim`: names that a chain has for itself.

use rhai::plugin::*;
use rhai::{Dynamic, FnPtr};

use crate::attacker::context::current;
use crate::host::convert::{ScriptResult, at};

/// Names that a chain has for itself while it works on what they stand for: a certificate's serial, a
/// domain, an account's URL. A key is any text. A claim keeps out other chains of this run, on all shards,
/// and ends when it is released or its chain ends, however that ends.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Dynamic, FnPtr};

    /// Claims `key` for this chain alone; false when any chain has it, this one too.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// check::that("ours", claim::take(name) && !claim::take(name));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn take(ctx: NativeCallContext, key: &str) -> ScriptResult<bool> {
        super::at(&ctx, super::take(key))
    }

    /// Claims `key` beside other chains that share it, which only keeps out who would take it; false
    /// when one has taken it. For what is used and not changed: many may order as an account while
    /// nobody changes its key.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// check::that("shared, so nobody can take it", claim::share(name) && !claim::take(name));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn share(ctx: NativeCallContext, key: &str) -> ScriptResult<bool> {
        super::at(&ctx, super::share(key))
    }

    /// Ends this chain's claim on `key`; false when it has none.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// claim::take(name);
    /// check::that("free again", claim::release(name) && claim::take(name));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn release(ctx: NativeCallContext, key: &str) -> ScriptResult<bool> {
        super::at(&ctx, super::release(key))
    }

    /// Calls `work` while `key` is claimed, and returns its value; `()`, and no call, when another has it.
    /// The claim ends when `work` returns or throws.
    ///
    /// # Example
    /// ```rhai
    /// let name = rand::domain();
    /// let found = claim::hold(name, || { if claim::is_taken(name) { "held" } else { "free" } });
    /// check::that("only meanwhile", found == "held" && !claim::is_taken(name));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn hold(ctx: NativeCallContext, key: &str, work: FnPtr) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::hold(&ctx, key, &work))
    }

    /// Whether any chain has claimed `key`.
    ///
    /// # Example
    /// ```rhai
    /// check::that("nobody has", !claim::is_taken(rand::domain()));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn is_taken(ctx: NativeCallContext, key: &str) -> ScriptResult<bool> {
        super::at(&ctx, super::is_taken(key))
    }
}

fn take(key: &str) -> ScriptResult<bool> {
    let chain = current()?;
    Ok(chain.claimed.keep(chain.shard.claims.take(key)))
}

fn share(key: &str) -> ScriptResult<bool> {
    let chain = current()?;
    Ok(chain.claimed.keep(chain.shard.claims.share(key)))
}

fn release(key: &str) -> ScriptResult<bool> {
    Ok(current()?.claimed.release(key))
}

fn hold(ctx: &NativeCallContext, key: &str, work: &FnPtr) -> ScriptResult<Dynamic> {
    // Not among the chain's own, so that `work` cannot release it.
    let Some(claim) = current()?.shard.claims.take(key) else { return Ok(Dynamic::UNIT) };
    let result = work.call_within_context(ctx, ());
    drop(claim);
    result
}

fn is_taken(key: &str) -> ScriptResult<bool> {
    Ok(current()?.shard.claims.is_taken(key))
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
