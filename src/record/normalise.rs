//! Takes out of an error message what differs from one occurrence to the next.

/// Longer messages are told apart by their beginning only.
const MAX_LEN: usize = 300;

/// Writes `message` into `out` with ids, ports, times and tokens replaced by `*`.
///
/// What stays: words, short numbers (statuses, seconds, versions) and IP addresses, since they say
/// which of several servers failed. White space becomes one blank.
pub(super) fn normalise(message: &str, out: &mut String) {
    out.clear();
    let bytes = message.as_bytes();
    let mut at = label_end(message);
    out.push_str(&message[..at]);
    while at < bytes.len() && out.len() < MAX_LEN {
        let start = at;
        if is_token(bytes[at]) {
            at = token_end(bytes, at);
            push_token(bytes, start..at, &message[start..at], out);
        } else if bytes[at].is_ascii_whitespace() || bytes[at].is_ascii_control() {
            at += 1;
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            // To the next ASCII byte, which is where a character begins.
            at = (at + 1..bytes.len()).find(|&i| bytes[i].is_ascii()).unwrap_or(bytes.len());
            out.push_str(&message[start..at]);
        }
    }
    out.truncate(out.trim_end().len());
}

/// Where the label of a request ends, with which its error begins: `POST new-order: ...`. Labels are
/// few already, and the tables have them as they are.
fn label_end(message: &str) -> usize {
    let method = message.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(3..=7).contains(&method) || message.as_bytes().get(method) != Some(&b' ') {
        return 0;
    }
    let end = message.find(": ").unwrap_or(0);
    if end < MAX_LEN / 2 && !message[..end].contains("://") { end } else { 0 }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Where the token that starts at `from` ends. One that starts with a digit goes on over `.` and
/// `:` between digits, so that addresses, decimals and times of day stay together.
fn token_end(bytes: &[u8], from: usize) -> usize {
    let digit_at = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let joins = |i: usize| {
        matches!(bytes[i], b'.' | b':')
            && bytes[from].is_ascii_digit()
            && digit_at(i - 1)
            && digit_at(i + 1)
    };
    (from + 1..bytes.len()).find(|&i| !is_token(bytes[i]) && !joins(i)).unwrap_or(bytes.len())
}

fn push_token(bytes: &[u8], span: std::ops::Range<usize>, token: &str, out: &mut String) {
    // Not after a capital: HTTP/2.
    let in_path = matches!(bytes[..span.start], [.., before, b'/'] if !before.is_ascii_uppercase());
    // A place in a script is the same each time, and the first thing its author wants to know.
    if bytes[..span.start].ends_with(b".rhai:") {
        out.push_str(token);
        return;
    }
    // An address with its port: the host says who failed, the port is often ours.
    if let Some((host, port)) = token.split_once(':')
        && host.bytes().filter(|&b| b == b'.').count() == 3
    {
        let port = if port.len() >= 4 { "*" } else { port };
        out.extend([host, ":", port]);
    } else if bytes[..span.start].ends_with(b" within ") {
        // A time-out, which is what one looks for.
        out.push_str(token);
    } else if is_id(token, in_path)
        || is_fresh_name(token, &bytes[span.end..])
        || is_retry_after(&bytes[..span.start], token)
    {
        out.push('*');
    } else {
        push_without_numbers(token, out);
    }
}

/// Whether a token is the label that `rand::domain()` makes, which may look like a word: 16 small
/// letters and digits, then the rest of a name.
fn is_fresh_name(token: &str, rest: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = matches!(rest, [b'.', next, ..] if next.is_ascii_alphabetic());
    goes_on && token.len() == 16 && token.bytes().all(plain)
}

/// Whether a token is what a CA asks to wait, in seconds: it counts down from one answer to the next.
fn is_retry_after(before: &[u8], token: &str) -> bool {
    const NAME: &[u8] = b"retry-after";
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before);
    let named = before.len().checked_sub(NAME.len()).map(|start| &before[start..]);
    token.starts_with(|first: char| first.is_ascii_digit())
        && named.is_some_and(|name| name.eq_ignore_ascii_case(NAME))
}

/// Whether a token as a whole is an id, a random value, a time, or a large number.
fn is_id(token: &str, in_path: bool) -> bool {
    let shape = Shape::of(token);
    let Shape { len, digits, .. } = shape;
    if digits == 0 {
        return len >= 16 && shape.changes >= 5;
    }
    let dots = token.bytes().filter(|&b| b == b'.').count();
    let only_digits = shape.only_hex && digits + shape.separators == len;
    match () {
        () if token.contains(':') => true,
        () if dots > 0 => dots == 1 && len >= 4 && digits + 1 == len,
        () if only_digits => digits >= 4 || in_path,
        () if shape.only_hex => len >= 8 || (len >= 6 && shape.changes >= 2),
        () if token.starts_with("0x") => true,
        () if in_path && len >= 5 => digits * 3 >= len || shape.changes >= 3,
        () => {
            (len >= 6 && digits * 2 >= len && shape.changes >= 2)
                || (len >= 12 && shape.changes >= 4)
        }
    }
}

/// What a token consists of.
struct Shape {
    len: usize,
    digits: usize,
    separators: usize,
    only_hex: bool,
    /// How often a letter follows a digit, a digit a letter, or a capital a small letter: words
    /// and names of algorithms have few such places, random text has many.
    changes: usize,
}

impl Shape {
    fn of(token: &str) -> Self {
        let mut shape =
            Self { len: token.len(), digits: 0, separators: 0, only_hex: true, changes: 0 };
        let mut before = b'-';
        for byte in token.bytes() {
            shape.digits += usize::from(byte.is_ascii_digit());
            shape.separators += usize::from(matches!(byte, b'-' | b'_'));
            shape.only_hex &= byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_');
            let changed = (before.is_ascii_alphabetic() && byte.is_ascii_digit())
                || (before.is_ascii_digit() && byte.is_ascii_alphabetic())
                || (before.is_ascii_lowercase() && byte.is_ascii_uppercase());
            shape.changes += usize::from(changed);
            before = byte;
        }
        shape
    }
}

/// The token, with long numbers inside it replaced: `worker-1234` is `worker-*`, `Ed25519` stays.
fn push_without_numbers(token: &str, out: &mut String) {
    let mut rest = token;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = start + rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let stands_alone = !rest[..start].ends_with(|c: char| c.is_ascii_alphabetic())
            && !rest[end..].starts_with(|c: char| c.is_ascii_alphabetic());
        out.push_str(&rest[..start]);
        match end - start {
            0..=3 => out.push_str(&rest[start..end]),
            4..=5 if !stands_alone => out.push_str(&rest[start..end]),
            _ => out.push('*'),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(message: &str) -> String {
        let mut out = String::from("left over");
        normalise(message, &mut out);
        out
    }

    #[test]
    fn what_differs_goes() {
        for (message, expected) in [
            ("connect to 127.0.0.1:54321 refused", "connect to 127.0.0.1:* refused"),
            ("connect to [::1]:54321 refused", "connect to [::1]:* refused"),
            (
                "GET http://127.0.0.1:14000/order/8a1b2c3d4e: closed",
                "GET http://127.0.0.1:*/order/*: closed",
            ),
            (
                "POST https://ca.test/acme/order/12/345 failed",
                "POST https://ca.test/acme/order/*/* failed",
            ),
            ("no order 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "no order *"),
            ("order AfJ3kd9_kKd8fJz2Pq0wXw is gone", "order * is gone"),
            ("JWS has nonce \"taroDvhk2aH7IovbkWPdSQ\"", "JWS has nonce \"*\""),
            ("nonce QbFnkKcMvRtLmXsJ unknown", "nonce * unknown"),
            ("serial 0x03fa99 revoked", "serial * revoked"),
            ("serial 03fa99bc revoked", "serial * revoked"),
            ("worker-12345 left account 1234567", "worker-* left account *"),
            ("retry after 2026-11-20T08:21:00Z", "retry after *"),
            ("retry after 2026-11-20 08:21:00 UTC", "retry after * * UTC"),
            ("status 429, Retry-After 720: rateLimited", "status 429, Retry-After *: rateLimited"),
            ("retry-after: 5 as ever", "retry-after: * as ever"),
            ("took 12.345 s\n  and\tmore ", "took * s and more"),
        ] {
            assert_eq!(normalised(message), expected);
        }
    }

    #[test]
    fn what_says_something_stays() {
        for message in [
            "POST new-order: status 429, expected 201 (urn:ietf:params:acme:error:rateLimited)",
            "no answer within 30 s",
            "Retry-After soon",
            "HTTP/1.1 and HTTP/2 over TLS 1.3",
            "ES256, RS256, Ed25519, P-384, SHA-256, secp256r1 and prime256v1",
            "challenges http-01, dns-01 and tls-alpn-01",
            "badSignatureAlgorithm, externalAccountRequired, userActionRequired",
            "connect to 10.20.30.40:443 refused",
            "new-authz of /acme/v2/new-authz",
            "no such order (new_authz.rhai:112:34, in acme.rhai:1207:5)",
            "größer als 1 €",
        ] {
            assert_eq!(normalised(message), message);
        }
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let cut = normalised(&"ö, ".repeat(1_000));
        assert!(cut.len() < MAX_LEN + 4 && cut.starts_with("ö, ö"));
    }
}
