//! What `catch (err)` sees of a host function's failure.

// rhai's macro needs owned parameters where a script passes values.
#![allow(clippy::needless_pass_by_value)]

use rhai::plugin::*;

/// Members of a caught error.
#[export_module]
mod api {
    use crate::error::HostError;
    use rhai::ImmutableString;

    /// Why the function failed, a word of the closed list: `argument`, `timeout`, `dns`, `connect`,
    /// `tls`, `closed`, `protocol`, `too_large`, `unexpected_status`, `json`, `key`, `certificate`,
    /// `file`, `no_directory`, `no_database`, `database`, `refused`, `rate_limited`, `deadline`,
    /// `challenge`, `internal`.
    ///
    /// # Example
    /// ```rhai
    /// let why = "";
    /// try { http::get("not a URL"); } catch (err) { why = err.kind; }
    /// check::that("a wrong argument", why == "argument");
    /// ```
    #[rhai_fn(global, get = "kind", pure)]
    pub fn kind(error: &mut HostError) -> ImmutableString {
        error.kind.as_str().into()
    }

    /// What happened, for people.
    ///
    /// # Example
    /// ```rhai
    /// try { http::get("not a URL"); } catch (err) { log::info(err.message); }
    /// ```
    #[rhai_fn(global, get = "message", pure)]
    pub fn message(error: &mut HostError) -> ImmutableString {
        error.message.as_str().into()
    }

    /// The message, for `print` and string interpolation.
    ///
    /// # Example
    /// ```rhai
    /// try { http::get("not a URL"); } catch (err) { log::info(`failed: ${err}`); }
    /// ```
    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn to_string(error: &mut HostError) -> String {
        format!("{}: {}", error.kind, error.message)
    }
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    let mut module = rhai::exported_module!(api);
    let doc = "/// Why a host function failed, as `catch (err)` sees it.";
    module.set_custom_type_with_comments::<crate::error::HostError>("HostError", &[doc]);
    module
}
