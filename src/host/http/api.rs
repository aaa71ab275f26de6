//! The `http` module as scripts see it.

// rhai's macro needs owned parameters where a script passes values.
#![allow(clippy::needless_pass_by_value)]

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use crate::error::HostError;
use crate::host::convert::{ScriptResult, at, throw, type_word};
use crate::host::http::call::Call;
use crate::host::http::options::CallOptions;
use crate::host::http::perform::{perform, perform_all};
use crate::host::http::problem;
use crate::host::http::raw;
use crate::host::http::response::Response;
use crate::host::http::response_api;

/// HTTP requests. Each is measured, counted and, in `coyote once`, shown.
///
/// A status that says error is an answer, not an exception: look at `res.status`, or say which
/// status is right with `expect`. A network failure throws an error with `kind` and `message`.
///
/// Options of all functions but `raw`:
/// - `headers`: a map; an array value sends a header several times.
/// - `body`: a string or blob as it is, a map or array as JSON (for `http::request` and `batch`).
/// - `content_type`: short for that header.
/// - `timeout_ms`: for the whole exchange; default 30,000.
/// - `expect`: what is right: a status (`201`, `"4xx"`), a problem with or without its status
///   (`"400 malformed"`, `"malformed"`), `"error"` (any problem with 4xx), `"ok"` (2xx), or an array
///   of these. Another answer counts as a failed request and throws `unexpected_status`, naming both
///   and the problem document. Without it 2xx and 3xx are successful and nothing throws.
/// - `throws`: `false` returns an answer of the wrong status instead of throwing.
/// - `tolerate`: types of problem documents (RFC 7807; the ACME prefix left out) that are right
///   as well: `["badNonce"]`.
/// - `endpoint`: the label it is counted under; default METHOD and path with ids as `*`.
/// - `tags`: a map of further labels.
/// - `auth`: `#{ user, password }` or `#{ bearer }`.
/// - `redirects`: how many to follow; default 10.
/// - `connection`: `"new"` makes a connection for this request alone; default `"keep"`.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::host::http::response::Response;
    use rhai::{Array, Dynamic, Map, NativeCallContext};

    /// Fetches `url`.
    ///
    /// Errors: a failure of the network (`timeout`, `dns`, `connect`, `tls`, `closed`, `protocol`,
    /// `too_large`, `refused`), `unexpected_status`, `argument`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::get(EXAMPLE_URL, #{ expect: 200, endpoint: "front-page", timeout_ms: 5000 });
    /// check::that("some text", res.body.len() > 0);
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get_with(ctx: NativeCallContext, url: &str, options: Map) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::get", "GET", url, Dynamic::UNIT, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn get(ctx: NativeCallContext, url: &str) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("GET", url, Dynamic::UNIT))
    }

    /// Fetches the headers of `url`.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::head(EXAMPLE_URL, #{ endpoint: "front-page" });
    /// check::that("no body", res.body == "");
    /// ```
    #[rhai_fn(name = "head", return_raw)]
    pub fn head_with(ctx: NativeCallContext, url: &str, options: Map) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::head", "HEAD", url, Dynamic::UNIT, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn head(ctx: NativeCallContext, url: &str) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("HEAD", url, Dynamic::UNIT))
    }

    /// Sends `body` to `url`: a string or blob as it is, a map or array as JSON.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::post(EXAMPLE_URL, #{ name: "coyote" }, #{ endpoint: "echo" });
    /// check::that("echoed", res.json().name == "coyote");
    /// ```
    #[rhai_fn(name = "post", return_raw)]
    pub fn post_with(
        ctx: NativeCallContext,
        url: &str,
        body: Dynamic,
        options: Map,
    ) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::post", "POST", url, body, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn post(ctx: NativeCallContext, url: &str, body: Dynamic) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("POST", url, body))
    }

    /// Puts `body` at `url`, in the forms that `http::post` takes.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::put(EXAMPLE_URL, "text", #{ content_type: "text/plain" });
    /// ```
    #[rhai_fn(name = "put", return_raw)]
    pub fn put_with(
        ctx: NativeCallContext,
        url: &str,
        body: Dynamic,
        options: Map,
    ) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::put", "PUT", url, body, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn put(ctx: NativeCallContext, url: &str, body: Dynamic) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("PUT", url, body))
    }

    /// Sends a partial change to `url`, in the forms that `http::post` takes.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::patch(EXAMPLE_URL, #{ name: "coyote" }, #{ endpoint: "patch" });
    /// ```
    #[rhai_fn(name = "patch", return_raw)]
    pub fn patch_with(
        ctx: NativeCallContext,
        url: &str,
        body: Dynamic,
        options: Map,
    ) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::patch", "PATCH", url, body, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn patch(ctx: NativeCallContext, url: &str, body: Dynamic) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("PATCH", url, body))
    }

    /// Deletes what is at `url`.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::delete(EXAMPLE_URL, #{ endpoint: "delete" });
    /// ```
    #[rhai_fn(name = "delete", return_raw)]
    pub fn delete_with(ctx: NativeCallContext, url: &str, options: Map) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::delete", "DELETE", url, Dynamic::UNIT, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn delete(ctx: NativeCallContext, url: &str) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain("DELETE", url, Dynamic::UNIT))
    }

    /// Sends a request of any `method`; its body is the option `body`.
    ///
    /// Errors: as `http::get`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::request("OPTIONS", EXAMPLE_URL, #{ body: "any", endpoint: "options" });
    /// ```
    #[rhai_fn(name = "request", return_raw)]
    pub fn request_with(
        ctx: NativeCallContext,
        method: &str,
        url: &str,
        options: Map,
    ) -> ScriptResult<Response> {
        super::at(&ctx, super::send("http::request", method, url, Dynamic::UNIT, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn request(ctx: NativeCallContext, method: &str, url: &str) -> ScriptResult<Response> {
        super::at(&ctx, super::send_plain(method, url, Dynamic::UNIT))
    }

    /// Sends several requests at once and returns their answers in the same order. Each is a URL, or
    /// a map of `method` (default GET), `url`, and the options of `http::request`.
    ///
    /// Errors: the first failure, as `http::get`, after all have ended and been counted.
    ///
    /// # Example
    /// ```rhai
    /// let both = http::batch([EXAMPLE_URL, #{ method: "POST", url: EXAMPLE_URL, body: "x" }]);
    /// check::that("two answers", both.len() == 2);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn batch(ctx: NativeCallContext, requests: Array) -> ScriptResult<Array> {
        super::at(&ctx, super::batch(requests))
    }

    /// Writes `bytes` (string or blob) to the server of `url`, over TCP or TLS by its scheme, exactly
    /// as given, and reads until the answer is complete, the server closes or time is up. Nothing is
    /// added, mended or checked. `res.status` is 0 when what came back is not HTTP; `res.received`
    /// is all of it. Options: `timeout_ms`, `endpoint`, `tags`, and as for the others `expect`, without
    /// which whatever comes back is right, and `throws`.
    ///
    /// Errors: a failure of the network before the first byte came back, `unexpected_status`,
    /// `argument`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::raw(EXAMPLE_URL, "GARBAGE / HTTP/9.9\r\n\r\n", #{ timeout_ms: 2000 });
    /// check::that("refused", res.status == 0 || res.status >= 400);
    /// ```
    #[rhai_fn(name = "raw", return_raw)]
    pub fn raw_with(
        ctx: NativeCallContext,
        url: &str,
        bytes: Dynamic,
        options: Map,
    ) -> ScriptResult<Response> {
        super::at(&ctx, super::raw::raw(url, &bytes, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn raw(ctx: NativeCallContext, url: &str, bytes: Dynamic) -> ScriptResult<Response> {
        super::at(&ctx, super::raw::raw(url, &bytes, Map::new()))
    }

    /// What requests say in `User-Agent` unless they say otherwise.
    ///
    /// # Example
    /// ```rhai
    /// check::that("it says who asks", http::user_agent().starts_with("coyote/"));
    /// ```
    pub fn user_agent() -> ImmutableString {
        crate::net::client::USER_AGENT.into()
    }

    /// What a problem document (RFC 7807) says, in one line: its type without
    /// `urn:ietf:params:acme:error:`, its detail, its subproblems. `problem` is a map, or the text of a
    /// body; whatever else it is is shown as it is.
    ///
    /// # Example
    /// ```rhai
    /// let told = http::problem_text(#{ type: "urn:ietf:params:acme:error:dns", detail: "no such name" });
    /// check::that("told", told == "dns: no such name");
    /// ```
    pub fn problem_text(problem: Dynamic) -> String {
        super::problem::of_value(&problem)
    }
}

fn send(
    function: &'static str,
    method: &str,
    url: &str,
    body: Dynamic,
    options: Map,
) -> ScriptResult<Response> {
    let options = CallOptions::read(function, options).map_err(throw)?;
    perform(Call::new(method, url, body, options).map_err(throw)?)
}

fn send_plain(method: &str, url: &str, body: Dynamic) -> ScriptResult<Response> {
    perform(Call::new(method, url, body, CallOptions::default()).map_err(throw)?)
}

fn batch(requests: Array) -> ScriptResult<Array> {
    let calls = requests.into_iter().map(batch_call).collect::<Result<Vec<_>, _>>();
    let answers = perform_all(calls.map_err(throw)?)?;
    Ok(answers.into_iter().map(Dynamic::from).collect())
}

fn batch_call(entry: Dynamic) -> Result<Call, HostError> {
    let entry = entry.flatten();
    if let Ok(url) = entry.as_immutable_string_ref() {
        return Call::new("GET", &url, Dynamic::UNIT, CallOptions::default());
    }
    let word = type_word(&entry);
    let Some(mut map) = entry.try_cast::<Map>() else {
        return Err(HostError::argument(format!("http::batch: want URLs or maps, got {word}")));
    };
    let text = |value: Dynamic| value.into_immutable_string().ok();
    let Some(url) = map.remove("url").and_then(text) else {
        return Err(HostError::argument("http::batch: a map needs `url`, a string"));
    };
    let method = map.remove("method").and_then(text).unwrap_or_else(|| "GET".into());
    Call::new(&method, &url, Dynamic::UNIT, CallOptions::read("http::batch", map)?)
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    let mut module = rhai::exported_module!(api);
    response_api::add_to(&mut module);
    module
}
