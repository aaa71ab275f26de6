//! What every host module needs between Rhai's values and Rust's: throwing, bytes, options.

use std::fmt::Display;
use std::ops::{Deref, RangeInclusive};
use std::time::Duration;

use rhai::{
    Array, Blob, Dynamic, DynamicReadLock, EvalAltResult, FnPtr, ImmutableString, Map,
    NativeCallContext, Position,
};

use crate::attacker::fiber::Ended;
use crate::error::{ErrorKind, HostError};

/// What a host function returns: the error is boxed because Rhai wants it so.
pub type ScriptResult<T> = Result<T, Box<EvalAltResult>>;

/// A failure that a script can catch: `err.kind`, `err.message`.
pub fn throw(error: HostError) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(error), Position::NONE))
}

/// A failure of `kind`, described by the error that caused it, as a script catches it.
pub fn throw_as(kind: ErrorKind, error: &impl Display) -> Box<EvalAltResult> {
    throw(HostError::new(kind, error.to_string()))
}

/// Says in a failure where the script made the call, which Rhai does not for functions of modules.
///
/// # Errors
/// That of `result`.
pub fn at<T>(ctx: &NativeCallContext, result: ScriptResult<T>) -> ScriptResult<T> {
    result.map_err(|mut error| {
        // A closure of the script that failed within has its own place.
        if error.position().is_none() {
            error.set_position(ctx.call_position());
        }
        error
    })
}

/// `error` with `what` before its message, if it is one of a host function.
pub fn prefixed(what: &str, error: Box<EvalAltResult>) -> Box<EvalAltResult> {
    let EvalAltResult::ErrorRuntime(value, position) = *error else { return error };
    let value = match value.try_cast_result::<HostError>() {
        Ok(host) => {
            Dynamic::from(HostError { message: format!("{what}: {}", host.message), ..host })
        }
        Err(value) => value,
    };
    Box::new(EvalAltResult::ErrorRuntime(value, position))
}

/// The end of a chain from outside, which a script cannot catch.
pub fn ended(reason: Ended) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(reason), Position::NONE))
}

/// The type of `value` in the words of a script: `string`, `map`, `PrivateKey`.
pub fn type_word(value: &Dynamic) -> &'static str {
    let name = value.type_name();
    match name.rsplit("::").next().unwrap_or(name) {
        "i64" => "integer",
        "f64" => "float",
        "()" => "nothing",
        "Fn" => "function",
        word => word,
    }
}

/// The bytes of a script's string (as UTF-8) or blob, borrowed.
pub enum BytesRef<'a> {
    /// A string; cloning it only counts a reference.
    Text(ImmutableString),
    /// A blob, which is read where it is.
    Blob(DynamicReadLock<'a, Blob>),
}

impl Deref for BytesRef<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Blob(blob) => blob,
        }
    }
}

/// Reads `value` as bytes, which a script gives as a string or a blob.
///
/// # Errors
/// [`ErrorKind::Argument`] when it is neither.
pub fn bytes_of(value: &Dynamic) -> Result<BytesRef<'_>, HostError> {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(BytesRef::Text(text.clone()));
    }
    value.read_lock::<Blob>().map(BytesRef::Blob).ok_or_else(|| {
        HostError::argument(format!("want string or blob, got {}", type_word(value)))
    })
}

/// Takes `value` as owned bytes without copying a blob.
///
/// # Errors
/// As [`bytes_of`].
pub fn into_bytes(value: Dynamic) -> Result<Vec<u8>, HostError> {
    if value.is_blob() {
        return value.into_blob().map_err(HostError::argument);
    }
    bytes_of(&value).map(|bytes| bytes.to_vec())
}

/// Reads the trailing option map of a host function: unknown keys and wrong types are errors that
/// say what to write instead. An option given as `()` counts as not given.
///
/// Getters take the option out of the map, so nothing is copied and each is read once.
#[derive(Debug)]
pub struct Options {
    function: &'static str,
    map: Map,
}

impl Options {
    /// Checks the keys of `map`, which was given to `function` (`http::get`), against `known`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an unknown key; the message names the nearest known one.
    pub fn new(function: &'static str, map: Map, known: &[&str]) -> Result<Self, HostError> {
        known_options(function, &map, known)?;
        Ok(Self { function, map })
    }

    /// The options of an overload without a map: none.
    pub fn none(function: &'static str) -> Self {
        Self { function, map: Map::new() }
    }

    /// The function that these options were given to, for messages.
    pub fn function(&self) -> &'static str {
        self.function
    }

    /// An option of any type.
    pub fn any(&mut self, key: &str) -> Option<Dynamic> {
        self.map.remove(key).filter(|value| !value.is_unit()).map(Dynamic::flatten)
    }

    /// A `bool`.
    pub fn bool(&mut self, key: &str) -> Result<Option<bool>, HostError> {
        self.cast(key, "bool")
    }

    /// An integer within `range`.
    pub fn int(&mut self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, HostError> {
        let Some(value) = self.cast::<i64>(key, "integer")? else { return Ok(None) };
        if range.contains(&value) {
            return Ok(Some(value));
        }
        let (low, high) = range.into_inner();
        Err(self.wrong(key, &format!("want {low} to {high}, got {value}")))
    }

    /// A finite number: a float, or an integer as one.
    pub fn float(&mut self, key: &str) -> Result<Option<f64>, HostError> {
        let Some(value) = self.any(key) else { return Ok(None) };
        let number = value.as_float().or_else(|_| value.as_int().map(|int| int as f64));
        match number {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            Ok(number) => Err(self.wrong(key, &format!("want a finite number, got {number}"))),
            Err(_) => Err(self.wrong_type(key, "number", &value)),
        }
    }

    /// A time in milliseconds, fractions allowed; its key should end in `_ms`.
    pub fn millis(&mut self, key: &str) -> Result<Option<Duration>, HostError> {
        self.duration(key, 1000.0)
    }

    /// A time in seconds, fractions allowed; its key should end in `_s`.
    pub fn seconds(&mut self, key: &str) -> Result<Option<Duration>, HostError> {
        self.duration(key, 1.0)
    }

    fn duration(&mut self, key: &str, per_second: f64) -> Result<Option<Duration>, HostError> {
        let Some(number) = self.float(key)? else { return Ok(None) };
        Duration::try_from_secs_f64(number / per_second)
            .map(Some)
            .map_err(|_| self.wrong(key, &format!("want a time of 0 or more, got {number}")))
    }

    /// A string.
    pub fn string(&mut self, key: &str) -> Result<Option<ImmutableString>, HostError> {
        self.cast(key, "string")
    }

    /// An array of strings.
    pub fn strings(&mut self, key: &str) -> Result<Option<Vec<ImmutableString>>, HostError> {
        let Some(array) = self.array(key)? else { return Ok(None) };
        let strings = array.into_iter().map(|item| {
            let item = item.flatten();
            let word = type_word(&item);
            item.into_immutable_string()
                .map_err(|_| self.wrong(key, &format!("want an array of strings, found {word}")))
        });
        strings.collect::<Result<_, _>>().map(Some)
    }

    /// Bytes: a string (as UTF-8) or a blob.
    pub fn bytes(&mut self, key: &str) -> Result<Option<Vec<u8>>, HostError> {
        let Some(value) = self.any(key) else { return Ok(None) };
        let word = type_word(&value);
        into_bytes(value).map(Some).map_err(|_| self.wrong_word(key, "string or blob", word))
    }

    /// An array.
    pub fn array(&mut self, key: &str) -> Result<Option<Array>, HostError> {
        self.cast(key, "array")
    }

    /// A map.
    pub fn map(&mut self, key: &str) -> Result<Option<Map>, HostError> {
        self.cast(key, "map")
    }

    /// The labels of `tags`, sorted by key as samples want them, which a Rhai map is.
    pub fn tags(&mut self) -> Result<Vec<(String, String)>, HostError> {
        let tags = self.map("tags")?.unwrap_or_default();
        Ok(tags.into_iter().map(|(key, value)| (key.into(), value.to_string())).collect())
    }

    /// A closure or function pointer.
    pub fn function_pointer(&mut self, key: &str) -> Result<Option<FnPtr>, HostError> {
        self.cast(key, "function")
    }

    /// A value of type `T`, which a script knows as `want`.
    pub fn cast<T: Clone + 'static>(
        &mut self,
        key: &str,
        want: &str,
    ) -> Result<Option<T>, HostError> {
        let Some(value) = self.any(key) else { return Ok(None) };
        value.try_cast_result().map(Some).map_err(|value| self.wrong_type(key, want, &value))
    }

    /// The error for an option whose type is right but whose value is not: `problem` says why.
    pub fn wrong(&self, key: &str, problem: &str) -> HostError {
        HostError::argument(format!("option `{key}` of {}: {problem}", self.function))
    }

    /// The error for an option of the wrong type.
    pub fn wrong_type(&self, key: &str, want: &str, got: &Dynamic) -> HostError {
        self.wrong_word(key, want, type_word(got))
    }

    fn wrong_word(&self, key: &str, want: &str, got: &str) -> HostError {
        self.wrong(key, &format!("want {want}, got {got}"))
    }
}

/// Refuses keys of `options`, given to `function`, that are not among `known`.
///
/// # Errors
/// [`ErrorKind::Argument`]; the message names the nearest known one.
pub fn known_options(function: &str, options: &Map, known: &[&str]) -> Result<(), HostError> {
    match options.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let hint = nearest(key, known);
            Err(HostError::argument(format!("unknown option `{key}` of {function}; {hint}")))
        }
    }
}

/// What to say about an unknown `key`: the known one it resembles, or all of them.
pub fn nearest(key: &str, known: &[&str]) -> String {
    match crate::nearest::nearest(key, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if known.is_empty() => "it takes no options".to_owned(),
        None => format!("it takes {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(entries: &[(&str, Dynamic)]) -> Options {
        let map = entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
        let known = ["timeout_ms", "expect", "body", "headers", "tags", "list"];
        Options::new("http::get", map, &known).expect("known keys")
    }

    fn message<T: std::fmt::Debug>(result: Result<T, HostError>) -> String {
        let error = result.expect_err("must be refused");
        assert_eq!(error.kind, ErrorKind::Argument);
        error.message
    }

    #[test]
    fn unknown_key_names_the_nearest() {
        let map = Map::from([("timout_ms".into(), Dynamic::from(5_i64))]);
        let text = message(Options::new("http::get", map, &["expect", "timeout_ms"]));
        assert_eq!(text, "unknown option `timout_ms` of http::get; did you mean `timeout_ms`?");
        let map = Map::from([("zzz".into(), Dynamic::UNIT)]);
        let text = message(Options::new("http::get", map, &["expect", "body"]));
        assert_eq!(text, "unknown option `zzz` of http::get; it takes expect, body");
    }

    #[test]
    fn wrong_type_names_key_wanted_and_given() {
        let mut given = options(&[("expect", Dynamic::from("200")), ("body", Dynamic::TRUE)]);
        let text = message(given.int("expect", 100..=599));
        assert_eq!(text, "option `expect` of http::get: want integer, got string");
        let text = message(given.bytes("body"));
        assert_eq!(text, "option `body` of http::get: want string or blob, got bool");
    }

    #[test]
    fn getters_take_what_is_given() {
        let mut given = options(&[
            ("timeout_ms", Dynamic::from(1.5)),
            ("expect", Dynamic::from(201_i64)),
            ("body", Dynamic::from_blob(vec![0, 255])),
            ("headers", Dynamic::UNIT),
            ("list", Dynamic::from_array(vec!["a".into(), "b".into()])),
        ]);
        assert_eq!(given.millis("timeout_ms"), Ok(Some(Duration::from_micros(1500))));
        assert_eq!(given.int("expect", 100..=599), Ok(Some(201)));
        assert_eq!(given.bytes("body"), Ok(Some(vec![0, 255])));
        assert!(given.map("headers").expect("() is absent").is_none());
        assert!(given.bool("tags").expect("not given").is_none());
        let list = given.strings("list").expect("strings").expect("given");
        assert_eq!(list, ["a", "b"]);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let mut given = options(&[
            ("expect", Dynamic::from(7_i64)),
            ("timeout_ms", Dynamic::from(-1_i64)),
            ("list", Dynamic::from_array(vec!["a".into(), Dynamic::ONE])),
        ]);
        let text = message(given.int("expect", 100..=599));
        assert_eq!(text, "option `expect` of http::get: want 100 to 599, got 7");
        assert!(message(given.millis("timeout_ms")).ends_with("want a time of 0 or more, got -1"));
        assert!(message(given.strings("list")).ends_with("an array of strings, found integer"));
    }

    #[test]
    fn shared_values_read_like_others() {
        let shared = Dynamic::from("hi").into_shared();
        assert_eq!(&*bytes_of(&shared).expect("string"), b"hi");
        let blob = Dynamic::from_blob(vec![1, 2]).into_shared();
        assert_eq!(&*bytes_of(&blob).expect("blob"), [1, 2]);
        assert_eq!(into_bytes(blob), Ok(vec![1, 2]));
        let mut given = options(&[("body", shared)]);
        assert_eq!(given.string("body"), Ok(Some("hi".into())));
    }

    #[test]
    fn an_ended_chain_cannot_be_caught() {
        let mut engine = rhai::Engine::new();
        engine.register_fn("stop", || -> ScriptResult<()> { Err(ended(Ended::Stopped)) });
        engine
            .register_fn("fail", || -> ScriptResult<()> { Err(throw(HostError::argument("no"))) });
        assert!(engine.run("try { fail() } catch {}").is_ok());
        let error = engine.run("try { stop() } catch {}").expect_err("not caught");
        assert!(matches!(*error, EvalAltResult::ErrorTerminated(..)));
    }
}
