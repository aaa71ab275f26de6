//! One spelling for every domain, so that what a script publishes is found under what a CA asks for.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// RFC 1035 section 2.3.4: 255 bytes as they are sent, with a length before each label.
const NAME_MAX_BYTES: usize = 253;
const LABEL_MAX_BYTES: usize = 63;

/// The key of a domain as scripts, `Host` headers and `:authority` have it: in lower case, without
/// port and without the root's dot; an IP address as its canonical text, without brackets.
pub fn domain_key(text: &str) -> Cow<'_, str> {
    let host = without_port(text);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.contains(':') {
        // Only an IPv6 address has colons still; there are many ways to write one.
        return host.parse::<Ipv6Addr>().map_or(host.into(), |addr| addr.to_string().into());
    }
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => host.to_ascii_lowercase().into(),
        false => host.into(),
    }
}

/// A text that nobody can ask for as a domain name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no domain name: {why}")]
pub struct NotAName {
    /// As much of it as a message can hold.
    text: String,
    why: &'static str,
}

impl NotAName {
    pub(super) fn new(text: &str, why: &'static str) -> Self {
        Self { text: beginning(text), why }
    }
}

/// The [`domain_key`] of a name that can be asked for (RFC 1035 section 2.3.4).
///
/// # Errors
/// [`NotAName`] says why nobody can.
pub fn name_key(text: &str) -> Result<Cow<'_, str>, NotAName> {
    let key = domain_key(text);
    match fault(&key) {
        None => Ok(key),
        Some(why) => Err(NotAName::new(text, why)),
    }
}

/// As [`name_key`], for what can be an IP address too.
///
/// # Errors
/// [`NotAName`] for what is neither.
pub fn host_key(text: &str) -> Result<Cow<'_, str>, NotAName> {
    let key = domain_key(text);
    if key.parse::<IpAddr>().is_ok() { Ok(key) } else { name_key(text) }
}

/// Why nobody can ask for the name `key`.
fn fault(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        return Some("it is empty");
    }
    if key.len() > NAME_MAX_BYTES {
        return Some("it is longer than 253 characters");
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
    key.split('.').find_map(|label| match label.len() {
        0 => Some("it has an empty label"),
        1..=LABEL_MAX_BYTES if label.bytes().all(known) => None,
        1..=LABEL_MAX_BYTES => {
            Some("its labels are not letters, digits, `-` and `_` (xn-- for others)")
        }
        _ => Some("it has a label longer than 63 characters"),
    })
}

/// As much of `text` as a message can hold.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 60;
    let end = if text.chars().nth(SHOWN).is_some() { "..." } else { "" };
    text.chars().take(SHOWN).collect::<String>() + end
}

/// The key of the name in a TLS `ClientHello`, where an IP address is spelled as its name in the
/// reverse DNS (RFC 8738 section 6).
pub fn sni_key(name: &str) -> Cow<'_, str> {
    let key = domain_key(name);
    match address_of_reverse_name(&key) {
        Some(addr) => addr.to_string().into(),
        None => key,
    }
}

fn without_port(text: &str) -> &str {
    if let Some((addr, _port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return addr;
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => text,
    }
}

/// RFC 1035 section 3.5 and RFC 3596 section 2.5.
fn address_of_reverse_name(name: &str) -> Option<IpAddr> {
    if let Some(labels) = name.strip_suffix(".in-addr.arpa") {
        let mut octets = [0; 4];
        fill_backwards(&mut octets, labels, |label| label.parse().ok())?;
        return Some(Ipv4Addr::from(octets).into());
    }
    let labels = name.strip_suffix(".ip6.arpa")?;
    let mut nibbles = [0; 32];
    fill_backwards(&mut nibbles, labels, |label| match label.len() {
        1 => u8::from_str_radix(label, 16).ok(),
        _ => None,
    })?;
    let bytes: [u8; 16] = std::array::from_fn(|i| nibbles[2 * i] << 4 | nibbles[2 * i + 1]);
    Some(Ipv6Addr::from(bytes).into())
}

/// Fills `all` from its end with what `read` makes of each label; `None` unless it comes out even.
fn fill_backwards(all: &mut [u8], labels: &str, read: fn(&str) -> Option<u8>) -> Option<()> {
    let mut labels = labels.split('.');
    for place in all.iter_mut().rev() {
        *place = read(labels.next()?)?;
    }
    labels.next().is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_domain_has_one_key() {
        for (text, key) in [
            ("a.example", "a.example"),
            ("A.Example.:5002", "a.example"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]:5002", "::1"),
            ("[::1]", "::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("", ""),
        ] {
            assert_eq!(domain_key(text), key, "{text}");
        }
    }

    #[test]
    fn names_that_can_be_asked_for_have_keys() {
        for text in
            ["a", "A.Example.", "_x.a-b.example", "*.a.example", "xn--4ca.example", "1.2.3.4"]
        {
            assert_eq!(name_key(text), Ok(domain_key(text)), "{text}");
        }
        for text in ["127.0.0.1", "[::1]:443", "2001:DB8::1", "a.example"] {
            assert_eq!(host_key(text), Ok(domain_key(text)), "{text}");
        }
    }

    #[test]
    fn names_that_nobody_can_ask_for_are_told() {
        let (label, name) = ("x".repeat(64), "a.".repeat(127) + "com");
        for (text, why) in [
            ("", "it is empty"),
            (".", "it is empty"),
            ("a..b", "it has an empty label"),
            (".a", "it has an empty label"),
            ("ü.example", "its labels are not letters"),
            ("a b", "its labels are not letters"),
            ("2001:db8::1", "its labels are not letters"),
            (&label, "it has a label longer than 63 characters"),
            (&name, "it is longer than 253 characters"),
        ] {
            let told = name_key(text).expect_err(text).to_string();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(host_key("").map(|_| ()), name_key("").map(|_| ()));
        let told = name_key(&"y".repeat(131_072)).expect_err("too long").to_string();
        assert!(told.starts_with(&format!("`{}...` is", "y".repeat(60))), "{told}");
    }

    #[test]
    fn reverse_names_are_addresses() {
        assert_eq!(sni_key("1.0.0.127.in-addr.arpa"), "127.0.0.1");
        let loopback = format!("1.{}IP6.arpa", "0.".repeat(31));
        assert_eq!(sni_key(&loopback), "::1");
        let documentation = format!("1.{}8.b.d.0.1.0.0.2.ip6.arpa", "0.".repeat(23));
        assert_eq!(sni_key(&documentation), "2001:db8::1");
    }

    #[test]
    fn other_names_are_themselves() {
        for name in [
            "a.example",
            "0.0.127.in-addr.arpa",
            "1.1.0.0.127.in-addr.arpa",
            "256.0.0.127.in-addr.arpa",
            "10.0.ip6.arpa",
            "in-addr.arpa",
        ] {
            assert_eq!(sni_key(name), name);
        }
    }
}
