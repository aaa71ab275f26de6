//! Problem documents (RFC 7807): what a server says was wrong.

use bytes::Bytes;
use serde::Deserialize;

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
}

impl Problem {
    /// The problem document in `body`, if it is one.
    pub(super) fn parse(body: &Bytes) -> Option<Self> {
        let problem: Self = serde_json::from_slice(body).ok()?;
        (!problem.kind.is_empty() || !problem.detail.is_empty()).then_some(problem)
    }

    /// The type without the prefix that all ACME errors share: `badNonce`.
    pub(super) fn short_kind(&self) -> &str {
        self.kind.strip_prefix(ACME_ERROR).unwrap_or(&self.kind)
    }
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
        return match (problem.short_kind(), problem.detail.as_str()) {
            (kind, "") => kind.to_owned(),
            ("", detail) => detail.to_owned(),
            (kind, detail) => format!("{kind}: {detail}"),
        };
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
    fn other_bodies_are_told_in_one_short_line() {
        let html = Bytes::from(format!("<html>\n <b>busy</b> {}", "x".repeat(200)));
        let told = describe(&html);
        assert!(told.starts_with("<html> <b>busy</b> xxx"), "{told}");
        assert_eq!(told.chars().count(), 123);
        assert_eq!(describe(&Bytes::new()), "no body");
    }
}
