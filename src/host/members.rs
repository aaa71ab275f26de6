//! What a map must have: members of the right types, told in the words of JSON; and what an argument
//! must be.

use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::error::{ErrorKind, HostError};
use crate::host::convert::type_word;
use crate::host::http::parse_url;

/// Checks that `object`, which came from `endpoint`, has `members`, each `name` or `name: type`.
///
/// # Errors
/// [`ErrorKind::Protocol`], naming endpoint and member; [`ErrorKind::Argument`] for members that are
/// no strings.
pub(super) fn check(endpoint: &str, object: &Map, members: &[Dynamic]) -> Result<(), HostError> {
    check_as(ErrorKind::Protocol, endpoint, object, members)
}

/// As [`check`], for what a script gave: `argument` says which one of which function.
///
/// # Errors
/// [`ErrorKind::Argument`].
pub(super) fn check_given(
    argument: &str,
    object: &Map,
    members: &[Dynamic],
) -> Result<(), HostError> {
    check_as(ErrorKind::Argument, argument, object, members)
}

fn check_as(
    kind: ErrorKind,
    place: &str,
    object: &Map,
    members: &[Dynamic],
) -> Result<(), HostError> {
    for member in members {
        let spec = member.read_lock::<ImmutableString>().ok_or_else(|| {
            let word = type_word(member);
            HostError::argument(format!("{place}: want strings as members, got {word}"))
        })?;
        check_member(object, &spec)
            .map_err(|told| HostError::new(kind, format!("{place}: {told}")))?;
    }
    Ok(())
}

/// Whether `object` has what `spec` wants: `name`, `name: string`, `name: [object]`.
fn check_member(object: &Map, spec: &str) -> Result<(), String> {
    let (name, want) = spec.split_once(": ").unwrap_or((spec, ""));
    let value = object.get(name).ok_or_else(|| format!("there is no \"{name}\""))?;
    let item = want.strip_prefix('[').and_then(|want| want.strip_suffix(']'));
    let Some(want_item) = item else {
        return match want.is_empty() || is_a(want, value) {
            true => Ok(()),
            false => Err(format!("\"{name}\" is no {} but {}", wanted(want), found(want, value))),
        };
    };
    let Some(items) = value.read_lock::<Array>() else {
        return Err(format!("\"{name}\" is no array but {}", a(json_word(value))));
    };
    match items.iter().find(|item| !is_a(want_item, item)) {
        None => Ok(()),
        Some(other) => {
            let (found, wanted) = (found(want_item, other), a(wanted(want_item)));
            Err(format!("\"{name}\" holds {found} where {wanted} should be"))
        }
    }
}

/// Whether `value` is of the type that a spec names. `url` is one that can be called as it is.
pub(super) fn is_a(want: &str, value: &Dynamic) -> bool {
    match want {
        URL => value.read_lock::<ImmutableString>().is_some_and(|text| parse_url(&text).is_ok()),
        _ => json_word(value) == want || type_word(value) == want,
    }
}

const URL: &str = "url";

fn wanted(want: &str) -> &str {
    if want == URL { "absolute URL" } else { want }
}

/// What `value` is instead; a string that should be a URL is shown.
fn found(want: &str, value: &Dynamic) -> String {
    match value.read_lock::<ImmutableString>() {
        Some(text) if want == URL => format!("`{}`", &*text),
        _ => a(json_word(value)),
    }
}

/// The type of a value in the words of JSON.
pub(super) fn json_word(value: &Dynamic) -> &'static str {
    match type_word(value) {
        "map" => "object",
        "integer" | "float" => "number",
        "bool" => "boolean",
        "nothing" => "null",
        word => word,
    }
}

/// The word with its article.
fn a(word: &str) -> String {
    match word {
        "null" => word.to_owned(),
        _ if word.starts_with(['a', 'o']) => format!("an {word}"),
        _ => format!("a {word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Map {
        let value: Dynamic = serde_json::from_str(text).expect("JSON");
        value.cast()
    }

    #[test]
    fn members_are_there_and_of_their_type() {
        let order =
            object(r#"{"status":"pending","authorizations":["https://ca:1/u"],"n":5,"none":null}"#);
        let right = ["status", "status: string", "authorizations: [url]", "n: number", "none"];
        for spec in right {
            assert_eq!(check_member(&order, spec), Ok(()), "{spec}");
        }
        for (spec, told) in [
            ("finalize: string", "there is no \"finalize\""),
            ("n: string", "\"n\" is no string but a number"),
            ("none: string", "\"none\" is no string but null"),
            ("status: [string]", "\"status\" is no array but a string"),
            ("status: url", "\"status\" is no absolute URL but `pending`"),
            ("n: url", "\"n\" is no absolute URL but a number"),
            (
                "authorizations: [object]",
                "\"authorizations\" holds a string where an object should be",
            ),
        ] {
            assert_eq!(check_member(&order, spec), Err(told.to_owned()), "{spec}");
        }
    }

    #[test]
    fn urls_are_those_that_can_be_called() {
        let links = object(r#"{"links":["http://a/","ftp://a/b"],"relative":["/az/1"]}"#);
        for (spec, told) in [
            ("links: [url]", "\"links\" holds `ftp://a/b` where an absolute URL should be"),
            ("relative: [url]", "\"relative\" holds `/az/1` where an absolute URL should be"),
        ] {
            assert_eq!(check_member(&links, spec), Err(told.to_owned()), "{spec}");
        }
    }
}
