//! Which identifiers an order may name (RFC 8555 §7.4, §9.7.7; RFC 8738 §3).

use std::{borrow::Cow, net::IpAddr};

use serde::Serialize;

use super::problem::{ErrorType, Problem};

const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

/// What a certificate is for. It serialises as RFC 8555 writes identifiers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
pub(super) enum Identifier {
    /// A host name in lower case, with `*.` before it if a wildcard is asked for.
    Dns(String),
    /// An address, also a private one: tests have no others.
    Ip(IpAddr),
}

impl Identifier {
    /// Reads an identifier of an order; the problem says what is wrong with it.
    pub(super) fn parse(identifier_type: &str, value: &str) -> Result<Self, Problem> {
        let parse = match identifier_type {
            "dns" => parse_dns,
            "ip" => parse_ip,
            other => {
                let detail = format!("identifiers of type {other:?} are not supported");
                return Err(Problem::new(ErrorType::UnsupportedIdentifier, detail));
            }
        };
        if value.is_empty() {
            return Err(Problem::malformed("an identifier's value is empty"));
        }
        parse(value).map_err(|fault| {
            let detail = format!("the {identifier_type} identifier {value:?} {fault}");
            Problem::new(ErrorType::RejectedIdentifier, detail)
        })
    }

    /// The word RFC 8555 has for this kind (§9.7.7).
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip(_) => "ip",
        }
    }

    pub(super) fn is_wildcard(&self) -> bool {
        matches!(self, Self::Dns(name) if name.starts_with("*."))
    }

    /// The name that challenges are about: the identifier without a wildcard's `*.`.
    pub(super) fn base_name(&self) -> Cow<'_, str> {
        match self {
            Self::Dns(name) => name.strip_prefix("*.").unwrap_or(name).into(),
            Self::Ip(ip) => ip.to_string().into(),
        }
    }

    /// The identifier's value in text.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Dns(name) => name.into(),
            Self::Ip(ip) => ip.to_string().into(),
        }
    }
}

fn parse_dns(value: &str) -> Result<Identifier, &'static str> {
    let name = value.to_ascii_lowercase();
    match fault_of(name.strip_prefix("*.").unwrap_or(&name)) {
        None => Ok(Identifier::Dns(name)),
        Some(fault) => Err(fault),
    }
}

/// RFC 8738 §3 allows one spelling for each address, that of RFC 5952.
fn parse_ip(value: &str) -> Result<Identifier, &'static str> {
    let ip: IpAddr = value.parse().map_err(|_| "is not an IP address")?;
    if ip.to_string() == value {
        Ok(Identifier::Ip(ip))
    } else {
        Err("is not in its canonical text form (RFC 5952)")
    }
}

/// What is wrong with a lower-case host name that came without `*.`.
fn fault_of(name: &str) -> Option<&'static str> {
    if name.len() > MAX_NAME_BYTES {
        return Some("is longer than 253 bytes");
    }
    if name.contains('*') {
        return Some("has a wildcard that is not its one leftmost label");
    }
    if !name.contains('.') {
        return Some("has a single label; public names have at least two");
    }
    if let Some(fault) = name.split('.').find_map(fault_of_label) {
        return Some(fault);
    }
    // No top-level domain is numeric, while the last part of every IPv4 address is.
    if name.rsplit('.').next().is_some_and(|tld| tld.bytes().all(|b| b.is_ascii_digit())) {
        return Some("ends in a number; an IP address is no dns identifier");
    }
    (name.contains("xn--") && url::Host::parse(name).is_err()).then_some("has invalid Punycode")
}

fn fault_of_label(label: &str) -> Option<&'static str> {
    if label.is_empty() {
        return Some("has an empty label or a trailing dot");
    }
    if label.len() > MAX_LABEL_BYTES {
        return Some("has a label longer than 63 bytes");
    }
    if !label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Some("has a character that is not a letter, digit or hyphen");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Some("has a label that starts or ends with a hyphen");
    }
    // RFC 5890 §2.3.1 reserves labels with hyphens in the third and fourth place.
    (label.get(2..4) == Some("--") && !label.starts_with("xn--"))
        .then_some("has a label with reserved hyphens (R-LDH)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_type(identifier_type: &str, value: &str) -> Option<ErrorType> {
        Identifier::parse(identifier_type, value).err().map(|problem| problem.error_type)
    }

    #[test]
    fn takes_host_names() {
        let label = "a".repeat(63);
        for name in ["a.com", "a-b.c1.com", "xn--bcher-kva.example", &format!("{label}.com")] {
            let identifier = Identifier::parse("dns", name).expect(name);
            assert_eq!((&*identifier.base_name(), identifier.is_wildcard()), (name, false));
        }
        let wildcard = Identifier::parse("dns", "*.Example.com").expect("a wildcard");
        assert!(wildcard.is_wildcard());
        assert_eq!(wildcard.base_name(), "example.com");
        assert_eq!(
            serde_json::to_string(&wildcard).expect("plain data"),
            r#"{"type":"dns","value":"*.example.com"}"#
        );
    }

    #[test]
    fn rejects_other_names() {
        let long = format!("{}com", "abcdefg.".repeat(32));
        let label = format!("{}.com", "a".repeat(64));
        for name in [
            "com",
            "a.com.",
            ".com",
            "a..com",
            "a b.com",
            "a_b.com",
            "ä.com",
            "-a.com",
            "a-.com",
            "127.0.0.1",
            "a.*.com",
            "*.*.com",
            "*",
            "*.",
            "a*.com",
            "ab--c.com",
            "xn--0.com",
            "::1",
            &long,
            &label,
        ] {
            assert_eq!(error_type("dns", name), Some(ErrorType::RejectedIdentifier), "{name}");
        }
        assert_eq!(error_type("dns", ""), Some(ErrorType::Malformed));
        assert_eq!(error_type("email", "a@b.c"), Some(ErrorType::UnsupportedIdentifier));
    }

    #[test]
    fn takes_addresses_in_their_one_spelling() {
        for address in ["127.0.0.1", "::1", "2001:db8::1"] {
            let identifier = Identifier::parse("ip", address).expect(address);
            assert_eq!((identifier.text(), identifier.is_wildcard()), (address.into(), false));
            assert_eq!(
                serde_json::to_value(&identifier).expect("plain data"),
                serde_json::json!({"type": "ip", "value": address})
            );
        }
        for address in
            ["a.com", "127.0.0.01", "1.2.3", "2001:DB8::1", "0:0:0:0:0:0:0:1", "::1%lo", "[::1]"]
        {
            assert_eq!(error_type("ip", address), Some(ErrorType::RejectedIdentifier), "{address}");
        }
        assert_eq!(error_type("ip", ""), Some(ErrorType::Malformed));
    }
}
