//! `cases()`: small chains of which each sends one wrong thing, typed.

use std::collections::BTreeSet;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map};

use crate::plan::expectation::Expectation;
use crate::plan::fields::{Fields, FieldsError, cast, wrong_type};

/// By whose word answers are judged (`--expect`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Server {
    /// What RFC 8555 and those beside it say
    #[default]
    Rfc,
    /// What Boulder answers
    Boulder,
    /// What Pebble answers
    Pebble,
}

impl Server {
    const ALL: [Self; 3] = [Self::Rfc, Self::Boulder, Self::Pebble];

    /// The word in scripts and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rfc => "rfc",
            Self::Boulder => "boulder",
            Self::Pebble => "pebble",
        }
    }
}

/// One case of a file, as far as it is data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which one of what `cases()` returns; the first is 0.
    pub number: usize,
    /// Its name within the file.
    pub name: String,
    /// The row of a catalogue that it covers, for people.
    pub row: Option<i64>,
    /// What is sent wrong, for people.
    pub what: String,
    /// The answers that are right; never empty.
    pub expected: Vec<Expectation>,
}

const KEYS: &[&str] = &["name", "row", "what", "expect", "send"];
const SERVERS: &[&str] = &["rfc", "boulder", "pebble"];

/// What is right where a case does not say.
const DEFAULT_EXPECTATION: Expectation = Expectation::ClientError;

/// What is wrong with a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct CaseError {
    /// The name of the case, if it has one.
    pub name: Option<String>,
    /// What is wrong.
    pub error: FieldsError,
}

impl CaseError {
    /// What is wrong with the `send` of the case `name`.
    pub fn of_send(name: String, reason: &str) -> Self {
        let error = FieldsError::new(format!("case \"{name}\".send"), reason);
        Self { name: Some(name), error }
    }

    fn unnamed(error: FieldsError) -> Self {
        Self { name: None, error }
    }
}

/// Reads what `cases()` returned: each case as `server` is expected to answer it, and its `send`.
///
/// # Errors
/// Of each case the first key that is unknown, missing or of the wrong type; two cases of one name; no
/// case at all.
pub fn read_all(value: &Dynamic, server: Server) -> Result<Vec<(Case, FnPtr)>, Vec<CaseError>> {
    const PATH: &str = "cases()";
    let items =
        cast::<Array>(PATH, value, "array").map_err(|error| vec![CaseError::unnamed(error)])?;
    if items.is_empty() {
        return Err(vec![CaseError::unnamed(FieldsError::new(PATH, "it returned no case"))]);
    }
    let (mut cases, mut errors) = (Vec::with_capacity(items.len()), Vec::new());
    let mut names = BTreeSet::new();
    for (number, item) in items.iter().enumerate() {
        let name = name_of(item);
        // In a file of many, its name says more than its number.
        let path = match &name {
            Some(name) => format!("case \"{name}\""),
            None => format!("{PATH}[{number}]"),
        };
        let read = Case::read(&path, number, item, server);
        let twice = name.clone().is_some_and(|name| !names.insert(name));
        match read {
            Ok(_) if twice => {
                let reason = format!("cases()[{number}] is not the first of that name");
                errors.push(CaseError { name, error: FieldsError::new(path, reason) });
            }
            Ok(case) => cases.push(case),
            Err(error) => errors.push(CaseError { name, error }),
        }
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

/// The name that people know a case by, right or wrong.
fn name_of(item: &Dynamic) -> Option<String> {
    let case = item.read_lock::<Map>()?;
    let name = case.get("name")?.as_immutable_string_ref().ok()?;
    (!name.is_empty()).then(|| name.to_string())
}

impl Case {
    fn read(
        path: &str,
        number: usize,
        value: &Dynamic,
        server: Server,
    ) -> Result<(Self, FnPtr), FieldsError> {
        let fields = Fields::new(path, value, KEYS)?;
        let missing = |key: &str, example: &str| {
            FieldsError::new(path, format!("`{key}` is missing; write for example {example}"))
        };
        let name = fields.text("name")?.ok_or_else(|| missing("name", "name: \"empty-body\""))?;
        check_case_name(&fields.path("name"), &name)?;
        let send = fields.get("send").ok_or_else(|| missing("send", "send: |ctx| ..."))?;
        let send = cast::<FnPtr>(&fields.path("send"), send, "function")?;
        let what = fields.text("what")?.unwrap_or_else(|| name.replace('-', " "));
        let row = fields.whole("row", 0..=i64::MAX)?;
        let expected = match fields.get("expect") {
            Some(value) => expected(&fields.path("expect"), value, server)?,
            None => vec![DEFAULT_EXPECTATION],
        };
        Ok((Self { number, name, row, what, expected }, send))
    }
}

fn check_case_name(path: &str, name: &str) -> Result<(), FieldsError> {
    const MAX_CHARS: usize = 100;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=MAX_CHARS).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let reason = format!("want 1 to {MAX_CHARS} of a-z, 0-9, `-`; got \"{name}\"");
    Err(FieldsError::new(path, reason))
}

/// Reads the lists of all servers, so that a mistake shows whichever is chosen, and returns that of
/// `server`: the RFC's if it has none of its own.
fn expected(path: &str, value: &Dynamic, server: Server) -> Result<Vec<Expectation>, FieldsError> {
    let fields = Fields::new(path, value, SERVERS)?;
    let mut chosen = vec![DEFAULT_EXPECTATION];
    // The RFC's come first, and are replaced by the server's own.
    for one in Server::ALL {
        let Some(value) = fields.get(one.as_str()) else { continue };
        let list = expectations(&fields.path(one.as_str()), value)?;
        if one == Server::Rfc || one == server {
            chosen = list;
        }
    }
    Ok(chosen)
}

/// One string, or an array of them.
fn expectations(path: &str, value: &Dynamic) -> Result<Vec<Expectation>, FieldsError> {
    let one = |path: &str, value: &Dynamic| {
        let text = cast::<ImmutableString>(path, value, "string")?;
        Expectation::parse(&text).map_err(|reason| FieldsError::new(path, reason))
    };
    if value.is_string() {
        return Ok(vec![one(path, value)?]);
    }
    if !value.is_array() {
        return Err(wrong_type(path, "string or array of strings", value));
    }
    let items = cast::<Array>(path, value, "array")?;
    if items.is_empty() {
        return Err(FieldsError::new(path, "it allows no answer; leave it out for the default"));
    }
    items.iter().enumerate().map(|(at, item)| one(&format!("{path}[{at}]"), item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, server: Server) -> Result<Vec<Case>, String> {
        let value = rhai::Engine::new().eval::<Dynamic>(text).expect("the test's array");
        let cases = read_all(&value, server).map_err(|errors| {
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })?;
        Ok(cases.into_iter().map(|(case, _)| case).collect())
    }

    fn expected_of(expect: &str, server: Server) -> String {
        let text = format!("[#{{ name: \"a\", send: |c| c, expect: {expect} }}]");
        crate::plan::expectation::any_of(&read(&text, server).expect("right")[0].expected)
    }

    #[test]
    fn what_is_not_said_has_defaults() {
        let cases = read("[#{ name: \"empty-body\", send: |c| c }]", Server::Rfc);
        let case = &cases.expect("it is right")[0];
        assert_eq!((case.number, case.row, case.what.as_str()), (0, None, "empty body"));
        assert_eq!(case.expected, [Expectation::ClientError]);
    }

    #[test]
    fn each_server_has_its_own_answers() {
        let expect = "#{ rfc: [\"400 malformed\", \"405\"], pebble: \"ok\" }";
        assert_eq!(expected_of(expect, Server::Rfc), "400 malformed or 405");
        assert_eq!(expected_of(expect, Server::Boulder), "400 malformed or 405");
        assert_eq!(expected_of(expect, Server::Pebble), "ok");
        assert_eq!(expected_of("#{ pebble: \"ok\" }", Server::Rfc), "4xx");
        assert_eq!(expected_of("#{ pebble: \"ok\" }", Server::Boulder), "4xx");
    }

    #[test]
    fn mistakes_are_named_with_their_path() {
        for (text, message) in [
            ("7", "cases(): want array, got integer"),
            ("[]", "cases(): it returned no case"),
            ("[1]", "cases()[0]: want map, got integer"),
            (
                "[#{ name: \"a\", sned: |c| c }]",
                "case \"a\": unknown key `sned`; did you mean `send`?",
            ),
            (
                "[#{ send: |c| c }]",
                "cases()[0]: `name` is missing; write for example name: \"empty-body\"",
            ),
            (
                "[#{ name: \"a\" }]",
                "case \"a\": `send` is missing; write for example send: |ctx| ...",
            ),
            ("[#{ name: \"a\", send: 1 }]", "case \"a\".send: want function, got integer"),
            (
                "[#{ name: \"A_b\", send: |c| c }]",
                "case \"A_b\".name: want 1 to 100 of a-z, 0-9, `-`; got \"A_b\"",
            ),
            (
                "[#{ name: \"a\", send: |c| c, row: \"4\" }]",
                "case \"a\".row: want integer, got string",
            ),
            (
                "[#{ name: \"a\", send: |c| c }, #{ name: \"a\", send: |c| c }]",
                "case \"a\": cases()[1] is not the first of that name",
            ),
            (
                "[#{ name: \"a\" }, #{ name: \"b\", send: |c| c }, #{ name: \"c\", row: 1.5 }]",
                "case \"a\": `send` is missing; write for example send: |ctx| ...\n\
                 case \"c\": `send` is missing; write for example send: |ctx| ...",
            ),
        ] {
            assert_eq!(read(text, Server::Rfc).expect_err(text), message);
        }
    }

    #[test]
    fn mistakes_in_expectations_are_told_for_every_server() {
        for (expect, message) in [
            ("\"4xx\"", "case \"a\".expect: want map, got string"),
            ("#{ rfcs: \"4xx\" }", "case \"a\".expect: unknown key `rfcs`; did you mean `rfc`?"),
            (
                "#{ boulder: 400 }",
                "case \"a\".expect.boulder: want string or array of strings, got integer",
            ),
            ("#{ rfc: [400] }", "case \"a\".expect.rfc[0]: want string, got integer"),
            (
                "#{ rfc: [] }",
                "case \"a\".expect.rfc: it allows no answer; leave it out for the default",
            ),
            (
                "#{ pebble: [\"4xx\", \"400 malfomed\"] }",
                "case \"a\".expect.pebble[1]: `malfomed` is no type of problem; \
                 did you mean `malformed`?",
            ),
        ] {
            let text = format!("[#{{ name: \"a\", send: |c| c, expect: {expect} }}]");
            assert_eq!(read(&text, Server::Rfc).expect_err(expect), message);
        }
    }
}
