//! Problem documents (RFC 7807): what a server says was wrong.

use bytes::Bytes;
use rhai::{Dynamic, ImmutableString};
use serde::Deserialize;
use serde_json::Value;

use crate::host::json;

use crate::plan::expectation::{ACME_ERROR, Answer};

/// The members that matter.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    /// A URN or URL.
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    /// For people.
    #[serde(default)]
    pub(super) detail: String,
    /// What was wrong with each of several identifiers (RFC 8555 section 6.7.1).
    #[serde(default)]
    subproblems: Value,
}

impl Problem {
    /// The problem document in `body`, if it is one.
    pub(super) fn parse(body: &Bytes) -> Option<Self> {
        let problem: Self = serde_json::from_slice(body).ok()?;
        (!problem.kind.is_empty() || !problem.detail.is_empty()).then_some(problem)
    }

    /// The type without the prefix that all ACME errors share: `badNonce`.
    pub(super) fn short_kind(&self) -> &str {
        short(&self.kind)
    }

    /// All of it in one line: `compound: two names (a.example: dns: no such name)`.
    fn line(&self) -> String {
        let mut line = joined([self.short_kind(), &self.detail]);
        let subproblems = self.subproblems.as_array().map(Vec::as_slice).unwrap_or_default();
        let told: Vec<String> = subproblems.iter().map(subproblem_line).collect();
        if !told.is_empty() {
            line.extend([" (", &told.join("; "), ")"]);
        }
        line
    }
}

fn short(kind: &str) -> &str {
    kind.strip_prefix(ACME_ERROR).unwrap_or(kind)
}

fn subproblem_line(problem: &Value) -> String {
    let text = |path: &str| problem.pointer(path).and_then(Value::as_str).unwrap_or_default();
    joined([text("/identifier/value"), short(text("/type")), text("/detail")])
}

/// Those that say something.
fn joined<const N: usize>(parts: [&str; N]) -> String {
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(": ")
}

/// What a value says that should be a problem document: a map, or the text of a body.
pub(super) fn of_value(value: &Dynamic) -> String {
    if value.is_unit() {
        return "no reason given".to_owned();
    }
    let text = match value.read_lock::<ImmutableString>() {
        Some(text) => text.to_string(),
        None => json::to_text(value).unwrap_or_else(|_| value.to_string()),
    };
    describe(&Bytes::from(text))
}

/// An answer as far as expectations look at it; `status` is 0 for what is no HTTP.
pub(super) fn answer(status: u16, body: &Bytes) -> Answer {
    let problem = if status >= 400 { Problem::parse(body) } else { None };
    match problem {
        Some(problem) => Answer {
            status: Some(status),
            kind: Some(problem.short_kind().to_owned()),
            detail: problem.detail,
        },
        None if status >= 400 => {
            Answer { status: Some(status), kind: None, detail: describe(body) }
        }
        None => Answer { status: Some(status), kind: None, detail: String::new() },
    }
}

/// Characters of a body that is no problem document.
const SHOWN_CHARS: usize = 120;

/// What an answer of the wrong status says, in one line.
pub(super) fn describe(body: &Bytes) -> String {
    if let Some(problem) = Problem::parse(body) {
        return problem.line();
    }
    let text = String::from_utf8_lossy(body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None if line.is_empty() => "no body".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_without_their_prefix() {
        let body =
            br#"{"type":"urn:ietf:params:acme:error:badNonce","detail":"used","status":400}"#;
        assert_eq!(describe(&Bytes::from_static(body)), "badNonce: used");
    }

    #[test]
    fn subproblems_are_told_with_their_names() {
        let told = describe(&Bytes::from_static(
            br#"{"type":"urn:ietf:params:acme:error:compound","subproblems":[
                {"type":"urn:ietf:params:acme:error:dns","detail":"none","identifier":{"value":"a.b"}}]}"#,
        ));
        assert_eq!(told, "compound (a.b: dns: none)");
    }

    #[test]
    fn values_that_should_be_problems_are_told_whatever_they_are() {
        let map = serde_json::from_str(r#"{"type":"urn:x","detail":"d"}"#).expect("JSON");
        assert_eq!(of_value(&map), "urn:x: d");
        let odd = serde_json::from_str(r#"{"type":5}"#).expect("JSON");
        assert_eq!(of_value(&odd), r#"{"type":5}"#);
        assert_eq!(of_value(&"oops".into()), "oops");
        assert_eq!(of_value(&Dynamic::UNIT), "no reason given");
    }

    #[test]
    fn other_bodies_are_told_in_one_short_line() {
        let html = Bytes::from(format!("<html>\n <b>busy</b> {}", "x".repeat(200)));
        let told = describe(&html);
        assert!(told.starts_with("<html> <b>busy</b> xxx"), "{told}");
        assert_eq!(told.chars().count(), 123);
        assert_eq!(describe(&Bytes::new()), "no body");
    }
}
