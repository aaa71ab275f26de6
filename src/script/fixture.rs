//! A small engine for the tests of this folder, shaped like the real one: modules with overloads,
//! trailing options, a type with properties and methods, a bare function, a two-module stdlib.

use super::check::{Checker, OptionKeys};
use super::resolve::StdlibSources;
use rhai::plugin::*;
use rhai::{Engine, INT, ImmutableString, Map};

/// An answer, as scripts hold it.
#[derive(Clone)]
pub(crate) struct Response;

/// Requests over HTTP.
#[export_module]
#[allow(unreachable_pub, clippy::unnecessary_wraps, clippy::unwrap_used)]
mod http {
    /// One answer.
    pub type Response = super::Response;

    /// Longest wait for an answer.
    pub const TIMEOUT_MS: INT = 30_000;

    /// See the overload with options.
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_plain(url: &str) -> Result<Response, Box<EvalAltResult>> {
        let _ = url;
        Ok(super::Response)
    }

    /// Gets `url`.
    ///
    /// Throws kind `timeout` after `timeout_ms`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::get("http://127.0.0.1/", #{ expect: 200 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn get(
        _ctx: NativeCallContext,
        url: &str,
        options: Map,
    ) -> Result<Response, Box<EvalAltResult>> {
        let _ = (url, options);
        Ok(super::Response)
    }

    /// Posts `body`.
    #[rhai_fn(return_raw)]
    pub fn post(url: &str, body: Dynamic) -> Result<Response, Box<EvalAltResult>> {
        let _ = (url, body);
        Ok(super::Response)
    }

    pub fn head(url: &str) -> Response {
        let _ = url;
        super::Response
    }

    /// The status code.
    #[rhai_fn(global, get = "status", pure)]
    pub fn status(response: &mut Response) -> INT {
        let _ = response;
        200
    }

    /// The body as JSON.
    ///
    /// # Example
    /// ```rhai
    /// http::get("http://127.0.0.1/").json();
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn json(response: &mut Response) -> Result<Dynamic, Box<EvalAltResult>> {
        let _ = response;
        Ok(Map::new().into())
    }

    /// Adds a column.
    #[rhai_fn(global)]
    pub fn note(response: &mut Response, key: ImmutableString, value: Dynamic) {
        let _ = (response, key, value);
    }
}

/// Checks that never throw.
#[export_module]
#[allow(unreachable_pub, clippy::unnecessary_wraps, clippy::unwrap_used)]
mod check {
    /// Counts whether `holds`.
    pub fn that(name: &str, holds: bool) -> bool {
        let _ = name;
        holds
    }
    /// Counts each of `checks`.
    pub fn all(value: Dynamic, checks: Map) -> bool {
        let _ = (value, checks);
        true
    }
}

/// Random values.
#[export_module]
#[allow(unreachable_pub, clippy::unnecessary_wraps, clippy::unwrap_used)]
mod rand {
    /// A fresh domain name.
    pub fn domain() -> ImmutableString {
        "a.com".into()
    }
}

/// The engine, as strict as the real one.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.register_static_module("http", exported_module!(http).into());
    engine.register_static_module("check", exported_module!(check).into());
    engine.register_static_module("rand", exported_module!(rand).into());
    FuncRegistration::new("sleep")
        .with_comments(["/// Waits."])
        .with_params_info(["seconds: FLOAT", "()"])
        .register_into_engine(&mut engine, |seconds: f64| {
            let _ = seconds;
        });
    engine.set_strict_variables(true).set_max_expr_depths(64, 64);
    engine
}

/// `acme`, which imports `retry`.
pub(crate) fn stdlib() -> StdlibSources {
    let acme = r#"
        //! An ACME client.
        import "retry" as retry;
        export const DIRECTORY = "directory";
        /// This attacker's account.
        ///
        /// # Example
        /// ```rhai
        /// import "acme" as acme;
        /// let account = acme::account();
        /// ```
        fn account() { #{ sign: |payload| payload } }
        fn new_order(account, names) { secret(); #{} }
        fn new_order(account, names, options) { #{} }
        private fn secret() { 1 }
    "#;
    let retry = "fn times(n, f) { for i in 0..n { f.call() } }";
    StdlibSources::from([("acme".into(), acme.into()), ("retry".into(), retry.into())])
}

/// What `check` says about a script with these lines inside `chain`, without the file name.
/// The first line is line 3.
pub(crate) fn check_chain(lines: &str) -> Vec<String> {
    check_script(&format!("import \"acme\" as acme;\nfn chain() {{\n{lines}\n}}\n"))
}

/// What `check` says about a script, without the file name.
pub(crate) fn check_script(text: &str) -> Vec<String> {
    let mut checker = Checker::new(engine(), stdlib(), OPTION_KEYS);
    let problems = checker.script("x.rhai".as_ref(), text);
    problems.iter().map(|p| p.to_string().trim_start_matches("x.rhai:").to_owned()).collect()
}

/// As the host modules declare them.
pub(crate) const OPTION_KEYS: OptionKeys = &[("http::get", &["expect", "headers", "timeout_ms"])];
