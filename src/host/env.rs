//! `env`: what the user says on the command line and in the environment, and the CA's directory.

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::attacker::context::current;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, at, throw};

/// Values from `-e KEY=VALUE` or the process environment, and the target of this run.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Dynamic, ImmutableString, Map};

    /// The text of `-e NAME=...`, else of the process environment, else `fallback`.
    ///
    /// # Example
    /// ```rhai
    /// let proxy = env::get("PROXY_URL", "http://127.0.0.1:8080/");
    /// ```
    #[rhai_fn(name = "get")]
    pub fn get_or(name: &str, fallback: Dynamic) -> Dynamic {
        super::lookup(name).unwrap_or(fallback)
    }

    /// As the overload with a fallback, which is `()` here.
    pub fn get(name: &str) -> Dynamic {
        super::lookup(name).unwrap_or_default()
    }

    /// The URL of the CA's directory: `--directory`, or that of the embedded CA.
    ///
    /// Errors: `no_directory` when no script of this run imports `acme` and none was given.
    ///
    /// # Example
    /// ```rhai
    /// try { print(env::directory_url()); } catch (err) { check::that("none", err.kind == "no_directory"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn directory_url() -> ScriptResult<ImmutableString> {
        super::directory_url()
    }

    /// The CA's directory as it was when the run started (RFC 8555 section 7.1.1).
    ///
    /// With `member`, that member of it alone, or `()`: `env::directory("newOrder")` copies nothing
    /// else.
    ///
    /// Errors: `no_directory`, as `env::directory_url`.
    ///
    /// # Example
    /// ```rhai
    /// try { print(env::directory("newOrder")); } catch (err) { check::that("none", err.kind == "no_directory"); }
    /// ```
    #[rhai_fn(name = "directory", return_raw)]
    pub fn directory_member(ctx: NativeCallContext, member: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::member(member))
    }

    /// See the overload with a member.
    #[rhai_fn(return_raw)]
    pub fn directory(ctx: NativeCallContext) -> ScriptResult<Map> {
        super::at(&ctx, super::directory())
    }

    /// The command line's `--domain-base`: what fresh names end in.
    ///
    /// # Example
    /// ```rhai
    /// check::that("a suffix", env::domain_base() != "");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn domain_base(ctx: NativeCallContext) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::domain_base())
    }
}

fn lookup(name: &str) -> Option<Dynamic> {
    // options() reads the environment too, where there is no chain yet.
    let given = crate::script::env::given(name).or_else(|| std::env::var(name).ok());
    given.map(Into::into)
}

fn directory_url() -> ScriptResult<rhai::ImmutableString> {
    let chain = current()?;
    chain.shard.settings.directory.as_ref().map(|d| d.url.as_str().into()).ok_or_else(none)
}

fn directory() -> ScriptResult<Map> {
    let chain = current()?;
    chain.shard.directory.clone().ok_or_else(none)
}

fn member(name: &str) -> ScriptResult<Dynamic> {
    let chain = current()?;
    let directory = chain.shard.directory.as_ref().ok_or_else(none)?;
    Ok(directory.get(name).cloned().unwrap_or_default())
}

fn domain_base() -> ScriptResult<rhai::ImmutableString> {
    Ok(current()?.shard.settings.domain_base.as_str().into())
}

fn none() -> Box<rhai::EvalAltResult> {
    throw(HostError::new(
        ErrorKind::NoDirectory,
        "this run has no ACME directory: give --directory, or import \"acme\" in the script to have \
         the embedded CA started",
    ))
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
