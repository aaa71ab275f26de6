//! Other records of a name.

use std::net::IpAddr;

use rhai::{Array, Dynamic, ImmutableString, Map};

use super::name;
use crate::attacker::context;
use crate::challenge::zone::Entry;
use crate::error::HostError;
use crate::host::convert::{Options, ScriptResult, throw, type_word};

pub(super) fn txt(name: &str, value: &str) -> ScriptResult<()> {
    publish("challenge::txt", name, [Entry::txt(value)])
}

pub(super) fn addresses(name: &str, addresses: Array) -> ScriptResult<()> {
    let addresses = addresses.into_iter().map(address).collect::<Result<_, _>>().map_err(throw)?;
    publish("challenge::addresses", name, [Entry::Addresses(addresses)])
}

pub(super) fn caa(name: &str, policies: Array) -> ScriptResult<()> {
    let policies: Result<Vec<_>, _> = policies.into_iter().map(policy).collect();
    publish("challenge::caa", name, policies.map_err(throw)?)
}

pub(super) fn cname(name: &str, target: &str) -> ScriptResult<()> {
    let entry = Entry::cname(target)
        .map_err(|error| throw(HostError::argument(format!("challenge::cname: {error}"))))?;
    publish("challenge::cname", name, [entry])
}

fn publish(
    function: &str,
    name: &str,
    entries: impl IntoIterator<Item = Entry>,
) -> ScriptResult<()> {
    let key = name::domain(function, name)?;
    let context = context::current()?;
    for entry in entries {
        context.published.keep(&[name], context.challenges().zone.publish(&key, entry));
    }
    Ok(())
}

fn address(value: Dynamic) -> Result<IpAddr, HostError> {
    const FUNCTION: &str = "challenge::addresses";
    let word = type_word(&value);
    let text = value.into_immutable_string().map_err(|_| {
        HostError::argument(format!("{FUNCTION}: want an array of strings, found {word}"))
    })?;
    text.parse().map_err(|_| HostError::argument(format!("{FUNCTION}: `{text}` is no IP address")))
}

/// A record as zone files have it, or a map.
fn policy(value: Dynamic) -> Result<Entry, HostError> {
    const FUNCTION: &str = "challenge::caa";
    if let Some(text) = value.read_lock::<ImmutableString>() {
        let text = text.as_str();
        return parse_policy(text).ok_or_else(|| {
            let example = r#"0 issue "ca.example""#;
            HostError::argument(format!("{FUNCTION}: `{text}` is no CAA record; write {example}"))
        });
    }
    let word = type_word(&value);
    let map = value.try_cast::<Map>().ok_or_else(|| {
        HostError::argument(format!("{FUNCTION}: want an array of strings or maps, found {word}"))
    })?;
    let mut options = Options::new(FUNCTION, map, &["flags", "tag", "value"])?;
    let flags = options.int("flags", 0..=255)?.unwrap_or(0);
    let tag = options.string("tag")?.filter(|tag| is_tag(tag));
    let tag = tag.ok_or_else(|| options.wrong("tag", "want 1 to 255 letters and digits"))?;
    let value = options.string("value")?;
    let value = value.ok_or_else(|| options.wrong("value", "it is missing"))?;
    Ok(Entry::caa(flags as u8, &tag, &value))
}

fn parse_policy(text: &str) -> Option<Entry> {
    let (flags, rest) = text.trim().split_once(char::is_whitespace)?;
    let (tag, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let value = value.trim_start();
    let quoted = value.strip_prefix('"').map(|value| value.strip_suffix('"'));
    is_tag(tag).then_some(Entry::caa(flags.parse().ok()?, tag, quoted.unwrap_or(Some(value))?))
}

/// RFC 8659 section 4.1.
fn is_tag(tag: &str) -> bool {
    (1..=255).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: impl Into<Dynamic>) -> String {
        match policy(value.into()) {
            Ok(Entry::Record(data)) => data.to_string(),
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.message,
        }
    }

    #[test]
    fn policies_are_read_from_text_and_maps() {
        let wanted = r#"0 issue "ca.example""#;
        assert_eq!(shown(r#"0 issue "ca.example""#), wanted);
        assert_eq!(shown(" 0  issue  ca.example"), wanted);
        assert_eq!(shown(r#"128 issue ";""#), r#"128 issue ";""#);
        let mut map = Map::new();
        map.insert("tag".into(), "issue".into());
        map.insert("value".into(), "ca.example".into());
        assert_eq!(shown(map.clone()), wanted);
        map.insert("flags".into(), 256_i64.into());
        assert!(shown(map.clone()).contains("want 0 to 255, got 256"));
        map.remove("flags");
        let mut bare = map.clone();
        bare.remove("value");
        assert_eq!(shown(bare), "option `value` of challenge::caa: it is missing");
        map.insert("tag".into(), "is sue".into());
        assert!(shown(map).contains("option `tag` of challenge::caa"));
    }

    #[test]
    fn other_policies_are_refused() {
        for text in ["", "issue ca.example", "0 issue", "256 issue x", "0 is-sue x", "0 issue \"x"]
        {
            let told = shown(text);
            assert!(told.starts_with(&format!("challenge::caa: `{text}` is no CAA")), "{told}");
        }
        assert!(shown(1_i64).ends_with("want an array of strings or maps, found integer"));
    }

    #[test]
    fn addresses_are_checked() {
        assert_eq!(address("::1".into()).map(|addr| addr.is_ipv6()), Ok(true));
        let told = address("localhost".into()).expect_err("a name").message;
        assert_eq!(told, "challenge::addresses: `localhost` is no IP address");
        let told = address(1_i64.into()).expect_err("a number").message;
        assert_eq!(told, "challenge::addresses: want an array of strings, found integer");
    }
}
