//! An answer's members as scripts see them.

use rhai::plugin::*;

use crate::host::http::response::Response;

#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use crate::host::http::response::Response;
    use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

    /// The status, such as 200.
    ///
    /// # Example
    /// ```rhai
    /// check::that("found", http::get(EXAMPLE_URL).status == 200);
    /// ```
    #[rhai_fn(global, get = "status", pure)]
    pub fn status(res: &mut Response) -> i64 {
        res.status()
    }

    /// All headers by lower-case name; one that came several times is an array.
    ///
    /// # Example
    /// ```rhai
    /// let headers = http::get(EXAMPLE_URL).headers;
    /// check::that("typed", "content-type" in headers);
    /// ```
    #[rhai_fn(global, get = "headers", pure)]
    pub fn headers(res: &mut Response) -> Map {
        res.headers()
    }

    /// One header, whatever its case, or `()`. Cheaper than `headers`.
    ///
    /// # Example
    /// ```rhai
    /// let kind = http::get(EXAMPLE_URL).header("Content-Type");
    /// ```
    #[rhai_fn(global, pure)]
    pub fn header(res: &mut Response, name: &str) -> Dynamic {
        res.header(name)
    }

    /// The body as text; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Example
    /// ```rhai
    /// log::info(http::get(EXAMPLE_URL).body);
    /// ```
    #[rhai_fn(global, get = "body", pure)]
    pub fn body(res: &mut Response) -> ImmutableString {
        res.text()
    }

    /// The body as a blob.
    ///
    /// # Example
    /// ```rhai
    /// let digest = codec::sha256(http::get(EXAMPLE_URL).bytes);
    /// ```
    #[rhai_fn(global, get = "bytes", pure)]
    pub fn bytes(res: &mut Response) -> Blob {
        res.blob()
    }

    /// Everything that came back of an `http::raw`, head and body, as a blob.
    ///
    /// # Example
    /// ```rhai
    /// let all = http::raw(EXAMPLE_URL, "GET / HTTP/1.0\r\n\r\n").received;
    /// check::that("more than nothing", all.len() > 0);
    /// ```
    #[rhai_fn(global, get = "received", pure)]
    pub fn received(res: &mut Response) -> Blob {
        res.received()
    }

    /// The body, parsed as JSON.
    ///
    /// Errors: `json` when it is none; the message shows the body's beginning.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::post(EXAMPLE_URL, #{ a: [1, 2] });
    /// check::that("parsed", res.json().a[1] == 2);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn json(res: &mut Response) -> ScriptResult<Dynamic> {
        res.json().map_err(crate::host::convert::throw)
    }

    /// The body as a JSON object that has `members`, an array of names, each with or without a type:
    /// `"status"`, `"status: string"`, `"authorizations: [url]"`. Types are JSON's: string, number,
    /// boolean, null, object, array; or `url`, a string that is an absolute one of HTTP; or `[T]` for an
    /// array of them. Other members are left alone.
    ///
    /// Errors: `protocol`, naming `endpoint` and the member:
    /// `new-order: "authorizations" is no array but a string`.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::post(EXAMPLE_URL, #{ status: "valid", n: 5 });
    /// check::that("as expected", res.object("echo", ["status: string"]).status == "valid");
    /// try {
    ///     res.object("echo", ["n: string"]);
    /// } catch (err) {
    ///     check::that("told", err.message == "echo: \"n\" is no string but a number");
    /// }
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn object(res: &mut Response, endpoint: &str, members: Array) -> ScriptResult<Map> {
        res.object(endpoint, &members).map_err(crate::host::convert::throw)
    }

    /// The `Location` header as an absolute URL.
    ///
    /// Errors: `protocol`, naming `endpoint`, when there is none.
    ///
    /// # Example
    /// ```rhai
    /// try {
    ///     http::get(EXAMPLE_URL).location("front-page");
    /// } catch (err) {
    ///     check::that("told", err.message == "front-page: the answer has no Location header");
    /// }
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn location(res: &mut Response, endpoint: &str) -> ScriptResult<ImmutableString> {
        res.location(endpoint).map_err(crate::host::convert::throw)
    }

    /// The `Replay-Nonce` header (RFC 8555 section 6.5.1), or `()` when there is none or it is not
    /// base64url: clients must ignore such a one.
    ///
    /// # Example
    /// ```rhai
    /// check::that("none", http::get(EXAMPLE_URL).nonce == ());
    /// ```
    #[rhai_fn(global, get = "nonce", pure)]
    pub fn nonce(res: &mut Response) -> Dynamic {
        res.nonce().map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// The targets of the `Link` headers with this relation (RFC 8288), as absolute URLs.
    ///
    /// # Example
    /// ```rhai
    /// check::that("none", http::get(EXAMPLE_URL).links("alternate") == []);
    /// ```
    #[rhai_fn(global, pure)]
    pub fn links(res: &mut Response, relation: &str) -> Array {
        res.links(relation)
    }

    /// How many seconds the `Retry-After` header asks to wait, be it a number or a date (RFC 9110
    /// section 10.2.3), or `()`.
    ///
    /// # Example
    /// ```rhai
    /// check::that("no wait", http::get(EXAMPLE_URL).retry_after_s == ());
    /// ```
    #[rhai_fn(global, get = "retry_after_s", pure)]
    pub fn retry_after_s(res: &mut Response) -> Dynamic {
        res.retry_after_s().map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// The problem document (RFC 7807) as a map, or `()` when the body is none.
    ///
    /// # Example
    /// ```rhai
    /// check::that("none", http::get(EXAMPLE_URL).problem == ());
    /// ```
    #[rhai_fn(global, get = "problem", pure)]
    pub fn problem(res: &mut Response) -> Dynamic {
        res.problem()
    }

    /// The type of the problem document without `urn:ietf:params:acme:error:`, such as `badNonce`;
    /// empty when the body is none.
    ///
    /// # Example
    /// ```rhai
    /// check::that("none", http::get(EXAMPLE_URL).problem_type == "");
    /// ```
    #[rhai_fn(global, get = "problem_type", pure)]
    pub fn problem_type(res: &mut Response) -> ImmutableString {
        res.problem_type()
    }

    /// Whether the status was right: one that `expect` or `tolerate` names, else any 2xx or 3xx.
    ///
    /// # Example
    /// ```rhai
    /// check::that("right", http::get(EXAMPLE_URL).ok);
    /// ```
    #[rhai_fn(global, get = "ok", pure)]
    pub fn ok(res: &mut Response) -> bool {
        res.ok()
    }

    /// Throws `unexpected_status` if the answer is not `ok`: what `throws: false` put off.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::get(EXAMPLE_URL, #{ expect: 404, throws: false });
    /// try { res.or_throw(); } catch (err) { check::that("late", err.kind == "unexpected_status"); }
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn or_throw(res: &mut Response) -> ScriptResult<()> {
        res.or_throw().map_err(crate::host::convert::throw)
    }

    /// The URL that answered: after redirects, the last one.
    ///
    /// # Example
    /// ```rhai
    /// check::that("no redirect", http::get(EXAMPLE_URL).url == EXAMPLE_URL);
    /// ```
    #[rhai_fn(global, get = "url", pure)]
    pub fn url(res: &mut Response) -> ImmutableString {
        res.url()
    }

    /// The port of our end of the connection.
    ///
    /// # Example
    /// ```rhai
    /// check::that("a port", http::get(EXAMPLE_URL).local_port > 0);
    /// ```
    #[rhai_fn(global, get = "local_port", pure)]
    pub fn local_port(res: &mut Response) -> i64 {
        res.local_port()
    }

    /// Address and port of the server's end of the connection.
    ///
    /// # Example
    /// ```rhai
    /// check::that("known", http::get(EXAMPLE_URL).remote_addr != "");
    /// ```
    #[rhai_fn(global, get = "remote_addr", pure)]
    pub fn remote_addr(res: &mut Response) -> ImmutableString {
        res.remote_addr()
    }

    /// Whether the connection had carried a request before.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::get(EXAMPLE_URL, #{ connection: "new" });
    /// check::that("its own", !res.reused);
    /// ```
    #[rhai_fn(global, get = "reused", pure)]
    pub fn reused(res: &mut Response) -> bool {
        res.reused()
    }

    /// The HTTP version, such as `HTTP/1.1`.
    ///
    /// # Example
    /// ```rhai
    /// check::that("1.1", http::get(EXAMPLE_URL).proto == "HTTP/1.1");
    /// ```
    #[rhai_fn(global, get = "proto", pure)]
    pub fn proto(res: &mut Response) -> ImmutableString {
        res.proto()
    }

    /// How the time was spent, in ms: `blocked` (a free connection, the name), `connecting` (TCP),
    /// `tls_handshaking`, `sending`, `waiting` (for the first byte), `receiving`, and `duration`, the
    /// sum of all.
    ///
    /// # Example
    /// ```rhai
    /// let timings = http::get(EXAMPLE_URL).timings;
    /// check::that("waited", timings.waiting > 0.0 && timings.duration >= timings.waiting);
    /// ```
    #[rhai_fn(global, get = "timings", pure)]
    pub fn timings(res: &mut Response) -> Map {
        res.timings()
    }

    /// Notes `value`, a string, number, boolean or `()`, in `column` of this request's row of `--csv`.
    /// Columns are declared: `options() { #{ columns: ["backend"] } }`. A second note replaces the first;
    /// without `--csv` nothing is written.
    ///
    /// Errors: `argument` when the script declares no such column, or when the row is written by now:
    /// note before the chain's next request.
    ///
    /// # Example
    /// ```rhai
    /// let res = http::get(EXAMPLE_URL);
    /// res.note("backend", res.header("Server"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn note(res: &mut Response, column: &str, value: Dynamic) -> ScriptResult<()> {
        crate::host::http::note::note(res, column, &value)
    }

    /// Bytes received, headers and body.
    ///
    /// # Example
    /// ```rhai
    /// check::that("some", http::get(EXAMPLE_URL).size_in > 0);
    /// ```
    #[rhai_fn(global, get = "size_in", pure)]
    pub fn size_in(res: &mut Response) -> i64 {
        res.size_in()
    }

    /// Bytes sent, headers and body.
    ///
    /// # Example
    /// ```rhai
    /// check::that("some", http::get(EXAMPLE_URL).size_out > 0);
    /// ```
    #[rhai_fn(global, get = "size_out", pure)]
    pub fn size_out(res: &mut Response) -> i64 {
        res.size_out()
    }
}

/// Adds the type and its members to the `http` module.
pub(super) fn add_to(module: &mut rhai::Module) {
    let doc = "/// An answer, with what it took to get it.";
    module.set_custom_type_with_comments::<Response>("Response", &[doc]);
    rhai::combine_with_exported_module!(module, "response", api);
}
