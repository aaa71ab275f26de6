//! The JSON object that every request carries. Field names match in any case, as in Go, whose
//! programs these bodies were made for.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::desk::Refusal;
use crate::challenge::domain::{NotAName, host_key, name_key};

/// A request's body.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Err(Refusal::new("expected JSON POST body, was empty"));
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::new("expected a JSON object")),
            Err(error) => Err(Refusal::new(format!("expected JSON POST body: {error}"))),
        }
    }

    /// A string that must be there and not be empty.
    pub(super) fn text(&self, field: &str) -> Result<&str, Refusal> {
        match self.text_or_empty(field)? {
            "" => Err(Refusal::new(format!("{field} parameter must not be empty"))),
            text => Ok(text),
        }
    }

    /// The key of a domain that must be there.
    pub(super) fn domain(&self, field: &str) -> Result<Cow<'_, str>, Refusal> {
        named(field, name_key(self.text(field)?))
    }

    /// The key of a domain or IP address that must be there.
    pub(super) fn host(&self, field: &str) -> Result<Cow<'_, str>, Refusal> {
        named(field, host_key(self.text(field)?))
    }

    /// A string that may be missing.
    pub(super) fn text_or_empty(&self, field: &str) -> Result<&str, Refusal> {
        match self.get(field) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(wrong_type(field, "a string")),
        }
    }

    /// An array of strings that must not be empty.
    pub(super) fn texts(&self, field: &str) -> Result<Vec<&str>, Refusal> {
        let texts = self.array(field)?.iter().map(Value::as_str).collect::<Option<_>>();
        texts.ok_or_else(|| wrong_type(field, "an array of strings"))
    }

    /// An array of objects that must not be empty.
    pub(super) fn objects(&self, field: &str) -> Result<Vec<Self>, Refusal> {
        let objects = self.array(field)?.iter().map(|item| item.as_object().cloned().map(Self));
        objects.collect::<Option<_>>().ok_or_else(|| wrong_type(field, "an array of objects"))
    }

    fn array(&self, field: &str) -> Result<&[Value], Refusal> {
        match self.get(field) {
            Some(Value::Array(items)) if !items.is_empty() => Ok(items),
            None | Some(Value::Array(_)) => {
                Err(Refusal::new(format!("{field} parameter must not be empty")))
            }
            Some(_) => Err(wrong_type(field, "an array")),
        }
    }

    fn get(&self, field: &str) -> Option<&Value> {
        let found = self.0.get(field).or_else(|| {
            let mut fields = self.0.iter();
            fields.find_map(|(name, value)| name.eq_ignore_ascii_case(field).then_some(value))
        });
        found.filter(|value| !value.is_null())
    }
}

fn named<T>(field: &str, key: Result<T, NotAName>) -> Result<T, Refusal> {
    key.map_err(|error| Refusal::new(format!("{field} parameter {error}")))
}

fn wrong_type(field: &str, wanted: &str) -> Refusal {
    Refusal::new(format!("{field} parameter must be {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::parse(text.as_bytes()).expect("a body")
    }

    fn refused<T>(result: Result<T, Refusal>) -> String {
        result.err().expect("refused").message
    }

    #[test]
    fn fields_are_found_in_any_case() {
        let body = body(r#"{"Host":"a","addresses":["b"],"policies":[{"TAG":"issue"}],"no":null}"#);
        assert_eq!(body.text("host").ok(), Some("a"));
        assert_eq!(body.texts("addresses").ok(), Some(vec!["b"]));
        let policies = body.objects("policies").expect("objects");
        assert_eq!(policies[0].text("tag").ok(), Some("issue"));
        assert_eq!(body.text_or_empty("no").ok(), Some(""));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(refused(Body::parse(b"")), "expected JSON POST body, was empty");
        assert!(refused(Body::parse(b"{")).starts_with("expected JSON POST body: EOF"));
        assert_eq!(refused(Body::parse(b"[]")), "expected a JSON object");
        let body = body(r#"{"host":"","addresses":[],"mixed":["a",1],"number":1}"#);
        assert_eq!(refused(body.text("host")), "host parameter must not be empty");
        let text = refused(self::body(r#"{"host":"a..b"}"#).domain("host"));
        assert_eq!(text, "host parameter `a..b` is no domain name: it has an empty label");
        assert_eq!(refused(body.text("number")), "number parameter must be a string");
        assert_eq!(refused(body.texts("addresses")), "addresses parameter must not be empty");
        assert_eq!(refused(body.texts("mixed")), "mixed parameter must be an array of strings");
        assert_eq!(refused(body.objects("mixed")), "mixed parameter must be an array of objects");
        assert_eq!(refused(body.objects("number")), "number parameter must be an array");
    }
}
