//! The headers of an HTTP request.

use super::dice::Dice;
use super::http::Http;
use super::mutator::Done;

/// RFC 8555 section 6.2: must be `application/jose+json`.
pub(super) fn content_type(http: &mut Http, dice: &mut Dice) -> Done {
    let value = dice.pick(&[
        "",
        "application/json",
        "text/plain",
        "application/jose",
        "application/jose+jsonx",
        "*/*",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "jose+json",
    ]);
    http.header_mut("content-type")?.1 = value.into();
    Some(format!("{value:?}"))
}

pub(super) fn no_content_type(http: &mut Http, _: &mut Dice) -> Done {
    http.remove("content-type")?;
    Some("none".to_owned())
}

/// The right type, written as others may write it.
pub(super) fn content_type_variant(http: &mut Http, dice: &mut Dice) -> Done {
    let value = dice.pick(&[
        "application/jose+json; charset=utf-8",
        "application/jose+json;",
        "Application/JOSE+JSON",
        "application/jose+json, application/json",
        " application/jose+json\t",
        "application/jose+json; =",
        "application / jose+json",
        "\"application/jose+json\"",
    ]);
    http.header_mut("content-type")?.1 = value.into();
    Some(format!("{value:?}"))
}

pub(super) fn repeated(http: &mut Http, dice: &mut Dice) -> Done {
    let header = http.headers[dice.below(http.headers.len())].clone();
    let name = String::from_utf8_lossy(&header.0).into_owned();
    http.headers.insert(dice.below(http.headers.len() + 1), header);
    Some(name)
}

pub(super) fn host(http: &mut Http, dice: &mut Dice) -> Done {
    let host = dice.pick(&[
        "",
        "ca.example",
        "127.0.0.1:99999",
        "a b",
        "[::1",
        "x/../y",
        "\u{e9}",
        "a,b",
        "user@host",
    ]);
    http.header_mut("host")?.1 = host.into();
    Some(format!("{host:?}"))
}

pub(super) fn no_host(http: &mut Http, _: &mut Dice) -> Done {
    http.remove("host")?;
    Some("none".to_owned())
}

/// Headers that change what is answered, or would if somebody looked at them.
pub(super) fn added(http: &mut Http, dice: &mut Dice) -> Done {
    let (name, value) = dice.pick(&[
        ("Replay-Nonce", "AAAA"),
        ("Accept", "x/y;q=2"),
        ("Accept-Encoding", "identity;q=0, *;q=0"),
        ("Accept-Language", "x-klingon"),
        ("Content-Encoding", "gzip"),
        ("Content-Language", ","),
        ("Range", "bytes=5-1"),
        ("If-Match", "\"x\""),
        ("If-None-Match", "*"),
        ("If-Modified-Since", "now"),
        ("X-Forwarded-For", "999.1.1.1, unknown"),
        ("X-Real-IP", "::ffff:1.2.3.4%x"),
        ("X-Forwarded-Proto", "ftp"),
        ("X-Forwarded-Host", "a b"),
        ("Forwarded", "for=\"_;,"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Authorization", "Basic !"),
        ("Cookie", "a=b; a=c; =; ;"),
        ("Origin", "null"),
        ("Upgrade", "h2c, websocket"),
        ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ("TE", "trailers, x;q=9"),
        ("Trailer", "Content-Length"),
        ("Max-Forwards", "-1"),
        ("Via", "1.1 x, 1.1 x"),
        ("Date", "yesterday"),
        ("Referer", "\u{e9}"),
    ]);
    http.add(name, value);
    Some(format!("{name}: {value}"))
}

pub(super) fn many(http: &mut Http, dice: &mut Dice) -> Done {
    let count = dice.pick(&[50, 99, 101, 300]);
    (0..count).for_each(|n| http.add(&format!("X-{n}"), "x"));
    Some(format!("{count} more"))
}

pub(super) fn long(http: &mut Http, dice: &mut Dice) -> Done {
    let length = dice.pick(&[1_000, 4_000, 8_192, 20_000]);
    let name = dice.pick(&["User-Agent", "Cookie", "X-Long"]);
    http.add(name, "a".repeat(length));
    Some(format!("{name} of {length} bytes"))
}

/// Lines that are no headers (RFC 9112 section 5).
pub(super) fn malformed(http: &mut Http, dice: &mut Dice) -> Done {
    let (line, told): (&[u8], _) = dice.pick(&[
        (b"X-Nul: a\0b".as_slice(), "NUL in a value"),
        (b"X-Control: a\x01b", "a control character"),
        (b"X-Latin: \xe9\xff", "no UTF-8"),
        (b"X-Return: a\rb", "a bare CR"),
        (b"X-Feed: a\nb: c", "a bare LF"),
        (b"X-Fold: a\r\n b", "a folded line"),
        (b"X-Space : a", "a space before the colon"),
        (b" X-Space: a", "a space before the name"),
        (b": a", "no name"),
        (b"X-Odd: a\r\nno colon\r\nX-Even", "no colon"),
        (b"X(a): b", "a name that is no token"),
        (b"\xc3\xa9: a", "a name that is not ASCII"),
    ]);
    // Written as `name: value`, so the line's own colon comes first.
    http.headers.insert(1.min(http.headers.len()), (line.to_vec(), b"x".to_vec()));
    Some(told.to_owned())
}

/// All lines end with LF alone, which servers may take (RFC 9112 section 2.2).
pub(super) fn bare_lf(http: &mut Http, _: &mut Dice) -> Done {
    http.line_end = b"\n";
    Some("no CR".to_owned())
}
