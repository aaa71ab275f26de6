//! What a map must have: members of the right types, told in the words of JSON.

use rhai::{Array, Dynamic, ImmutableString, Map};

use crate::error::{ErrorKind, HostError};
use crate::host::convert::type_word;

/// Checks that `object`, which came from `endpoint`, has `members`, each `name` or `name: type`.
///
/// # Errors
/// [`ErrorKind::Protocol`], naming endpoint and member; [`ErrorKind::Argument`] for members that are
/// no strings.
pub(super) fn check(endpoint: &str, object: &Map, members: &[Dynamic]) -> Result<(), HostError> {
    for member in members {
        let spec = member.read_lock::<ImmutableString>().ok_or_else(|| {
            let word = type_word(member);
            HostError::argument(format!("{endpoint}: want strings as members, got {word}"))
        })?;
        check_member(object, &spec)
            .map_err(|told| HostError::new(ErrorKind::Protocol, format!("{endpoint}: {told}")))?;
    }
    Ok(())
}

/// Whether `object` has what `spec` wants: `name`, `name: string`, `name: [object]`.
fn check_member(object: &Map, spec: &str) -> Result<(), String> {
    let (name, want) = spec.split_once(": ").unwrap_or((spec, ""));
    let value = object.get(name).ok_or_else(|| format!("there is no \"{name}\""))?;
    let item = want.strip_prefix('[').and_then(|want| want.strip_suffix(']'));
    let Some(want_item) = item else {
        return match want.is_empty() || json_word(value) == want {
            true => Ok(()),
            false => Err(format!("\"{name}\" is no {want} but {}", a(json_word(value)))),
        };
    };
    let Some(items) = value.read_lock::<Array>() else {
        return Err(format!("\"{name}\" is no array but {}", a(json_word(value))));
    };
    match items.iter().find(|item| json_word(item) != want_item) {
        None => Ok(()),
        Some(other) => {
            let word = a(json_word(other));
            Err(format!("\"{name}\" holds {word} where {} should be", a(want_item)))
        }
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
        let order = object(r#"{"status":"pending","authorizations":["u"],"n":5,"none":null}"#);
        for spec in ["status", "status: string", "authorizations: [string]", "n: number", "none"] {
            assert_eq!(check_member(&order, spec), Ok(()), "{spec}");
        }
        for (spec, told) in [
            ("finalize: string", "there is no \"finalize\""),
            ("n: string", "\"n\" is no string but a number"),
            ("none: string", "\"none\" is no string but null"),
            ("status: [string]", "\"status\" is no array but a string"),
            (
                "authorizations: [object]",
                "\"authorizations\" holds a string where an object should be",
            ),
        ] {
            assert_eq!(check_member(&order, spec), Err(told.to_owned()), "{spec}");
        }
    }
}
