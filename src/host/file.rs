//! `file`: reading files, whole or as lists that all attackers share.

mod locate;
mod opened;

use rhai::plugin::*;
use rhai::{Blob, Dynamic, ImmutableString, Map};

use crate::attacker::context::current;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{Options, ScriptResult, at, throw};
use crate::host::view::View;
use crate::script::env;
use crate::store::files::Form;

/// Reads files below the script's own folder, and those that the user names: a path that is the value
/// of a `-e KEY=...` or of an environment variable may be anywhere. Nothing can be written.
///
/// `lines`, `csv`, `json` and `credentials` read a file once for the whole process; what they return
/// cannot be changed, and costs nothing to ask for again in each chain. Asked for in `setup()` too, it is
/// read before the load begins.
#[export_module]
mod api {
    use crate::host::convert::ScriptResult;
    use rhai::{Blob, Dynamic, ImmutableString, Map};

    /// The text of a file. `path` is relative to the script's folder.
    ///
    /// Errors: `file` when it is outside that folder, unreadable or not UTF-8.
    ///
    /// # Example
    /// ```rhai
    /// try { let text = file::text("fixtures/root.pem"); } catch (err) { check::that("why", err.kind == "file"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn text(ctx: NativeCallContext, path: &str) -> ScriptResult<ImmutableString> {
        super::at(&ctx, super::text(path))
    }

    /// The bytes of a file, as a blob.
    ///
    /// Errors: `file`, as `file::text`.
    ///
    /// # Example
    /// ```rhai
    /// try { let der = file::bytes("fixtures/csr.der"); } catch (err) { check::that("why", err.kind == "file"); }
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bytes(ctx: NativeCallContext, path: &str) -> ScriptResult<Blob> {
        super::at(&ctx, super::bytes(path))
    }

    /// The lines of a file, without their ends, as a list that cannot be changed.
    ///
    /// Errors: `file` when it is empty, or as `file::text`.
    ///
    /// # Example
    /// ```rhai
    /// let names = file::lines("fixtures/names.txt");
    /// let own = names[attacker::id() % names.len()];      // attackers share them evenly
    /// check::that("one of them", own in names && rand::pick(names) in names);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn lines(ctx: NativeCallContext, path: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::shared(path, super::Form::Lines))
    }

    /// The rows of a CSV file (RFC 4180), as a list that cannot be changed. Values are text.
    ///
    /// Options:
    /// - `header`: whether the first line names the columns; default `true`. Rows are then maps, else
    ///   lists.
    /// - `separator`: what is between values; default `","`.
    ///
    /// Errors: `file` with the line when a row has more or fewer values than the first one, or as
    /// `file::lines`.
    ///
    /// # Example
    /// ```rhai
    /// for user in file::csv("fixtures/users.csv") {
    ///     check::that("both", user.name != "" && user["team"] != "");
    /// }
    /// let rows = file::csv("fixtures/users.csv", #{ header: false, separator: "," });
    /// check::that("the header is a row", rows[0][1] == "team");
    /// ```
    #[rhai_fn(name = "csv", return_raw)]
    pub fn csv_with(ctx: NativeCallContext, path: &str, options: Map) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::csv(path, options))
    }

    /// See the overload with options.
    #[rhai_fn(return_raw)]
    pub fn csv(ctx: NativeCallContext, path: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::csv(path, Map::new()))
    }

    /// What a JSON file holds. Its lists and maps cannot be changed.
    ///
    /// Errors: `file` with the line when it is not JSON, or as `file::lines`.
    ///
    /// # Example
    /// ```rhai
    /// let plan = file::json("fixtures/plan.json");
    /// check::that("read", plan.issuers[0] == "iss-local" && plan.size == 3);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn json(ctx: NativeCallContext, path: &str) -> ScriptResult<Dynamic> {
        super::at(&ctx, super::shared(path, super::Form::Json))
    }

    /// This attacker's pair of a file with `key:secret` in each line, as the option `auth` of requests
    /// takes it: `#{ user, password }`. Attackers share the pairs evenly: the first has the first, and
    /// after the last comes the first again. Empty lines are passed over.
    ///
    /// Errors: `file` with the line when one has no colon or no key, or as `file::lines`.
    ///
    /// # Example
    /// ```rhai
    /// let own = file::credentials(env::get("ECS_CREDENTIALS", "fixtures/credentials"));
    /// let res = http::get(EXAMPLE_URL, #{ auth: own });
    /// check::that("a pair", own.user == "key-1" && own.password == "secret-1");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn credentials(ctx: NativeCallContext, path: &str) -> ScriptResult<Map> {
        super::at(&ctx, super::credentials(path))
    }
}

/// What the options of `file::csv` may hold.
pub(super) const CSV_KEYS: &[&str] = &["header", "separator"];

fn text(path: &str) -> ScriptResult<ImmutableString> {
    String::from_utf8(bytes(path)?)
        .map(Into::into)
        .map_err(|_| throw(HostError::new(ErrorKind::File, format!("{path} is not UTF-8 text"))))
}

fn bytes(path: &str) -> ScriptResult<Blob> {
    let real = locate::locate(&current()?.folder, path, || env::is_given(path)).map_err(throw)?;
    std::fs::read(real).map_err(|error| throw(locate::cannot(path, &error)))
}

/// A view of the file at `path`.
fn shared(path: &str, form: Form) -> ScriptResult<Dynamic> {
    let folder = &current()?.folder;
    let locate = || locate::locate(folder, path, || env::is_given(path));
    opened::open(folder, path, form, locate).map_err(throw)
}

fn csv(path: &str, options: Map) -> ScriptResult<Dynamic> {
    let mut given = Options::new("file::csv", options, CSV_KEYS).map_err(throw)?;
    let header = given.bool("header").map_err(throw)?.unwrap_or(true);
    let separator = given.string("separator").map_err(throw)?.unwrap_or_else(|| ",".into());
    match separator.as_bytes() {
        [separator] if !matches!(separator, b'"' | b'\n' | b'\r') => {
            shared(path, Form::Csv { header, separator: *separator })
        }
        _ => Err(throw(given.wrong("separator", "want one character of ASCII, such as `;`"))),
    }
}

fn credentials(path: &str) -> ScriptResult<Map> {
    let pairs = shared(path, Form::Credentials)?;
    let attacker = i64::from(current()?.attacker.id);
    let of_this = |pairs: &View| pairs.at(attacker % pairs.len() as i64);
    let pair = pairs.read_lock::<View>().map(|pairs| of_this(&pairs)).transpose()?;
    let pair = pair.and_then(|pair| pair.read_lock::<View>().map(|pair| pair.copy()));
    Ok(pair.and_then(Dynamic::try_cast).unwrap_or_default())
}

/// The module, for the registry.
pub fn module() -> rhai::Module {
    rhai::exported_module!(api)
}
