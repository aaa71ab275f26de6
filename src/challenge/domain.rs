//! One spelling for every domain, so that what a script publishes is found under what a CA asks for.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
