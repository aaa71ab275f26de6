//! The first line of an HTTP request: method, target, version.

use super::dice::Dice;
use super::http::Http;
use super::mutator::Done;

/// RFC 8555 section 6.3: all but newNonce and the directory are asked for with POST.
pub(super) fn method(http: &mut Http, dice: &mut Dice) -> Done {
    let methods = ["PUT", "PATCH", "DELETE", "post", "COYOTE", "POSTT", "PROPFIND", "M-SEARCH"];
    dice.pick(&methods).clone_into(&mut http.method);
    Some(http.method.clone())
}

/// Methods that some resources have.
pub(super) fn safe_method(http: &mut Http, dice: &mut Dice) -> Done {
    let first = if http.method == "GET" { "POST" } else { "GET" };
    dice.pick(&[first, "HEAD", "OPTIONS", "TRACE"]).clone_into(&mut http.method);
    Some(http.method.clone())
}

/// Methods that are none.
pub(super) fn no_method(http: &mut Http, dice: &mut Dice) -> Done {
    let methods = ["", "PO ST", "POST\0", "P\u{f6}ST", "(POST)", "POST:"];
    dice.pick(&methods).clone_into(&mut http.method);
    if dice.below(4) == 0 {
        http.method = "A".repeat(4_000);
    }
    Some(http.method.chars().take(12).collect())
}

/// Other ways to the same resource, or to another one.
pub(super) fn path(http: &mut Http, dice: &mut Dice) -> Done {
    let target = &mut http.target;
    let (start, end) = (1.min(target.len()), target.len());
    let (at, inserted): (usize, &[u8]) = dice.pick(&[
        (end, b"?".as_slice()),
        (end, b"?a=1&a=2"),
        (end, b"/"),
        (end, b"/."),
        (end, b"/.."),
        (end, b"/x/.."),
        (end, b";a=b"),
        (end, b"#fragment"),
        (end, b"%00"),
        (end, b"%zz"),
        (end, b"%2e%2e%2f"),
        (end, b"%c0%af"),
        (end, b"\xc3\xa9"),
        (end, b"\xff"),
        (end, b"\\"),
        (end, b"*"),
        (end, b"0"),
        (end, b" x"),
        (start, b"/"),
        (start, b"./"),
        (start, b"../"),
        (start, b"%2f"),
        (0, b"x"),
    ]);
    super::bytes::insert(target, at, inserted);
    Some(inserted.escape_ascii().to_string())
}

/// Parts of the path that are no ids, too long, or written otherwise.
pub(super) fn segment(http: &mut Http, dice: &mut Dice) -> Done {
    let path = String::from_utf8_lossy(&http.target).into_owned();
    let (before, last) = path.rsplit_once('/')?;
    let (new, told) = match dice.below(8) {
        0 => ("0".to_owned(), "0"),
        1 => ("-1".to_owned(), "-1"),
        2 => ("18446744073709551616".to_owned(), "a large number"),
        3 => (last.to_ascii_uppercase() + "X", "upper case"),
        4 => ("a".repeat(4_000), "4,000 characters"),
        5 => ("a/".repeat(500), "500 parts"),
        6 => (format!("+{last}"), "a plus"),
        _ => (
            last.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}")) + "%20",
            "percent-encoded",
        ),
    };
    http.target = format!("{before}/{new}").into_bytes();
    Some(told.to_owned())
}

/// Targets in the forms for proxies and servers as a whole.
pub(super) fn form(http: &mut Http, dice: &mut Dice) -> Done {
    let target = String::from_utf8_lossy(&http.target).into_owned();
    let (new, told) = match dice.below(5) {
        0 => (format!("http://ca.example{target}"), "absolute, of another server"),
        1 => ("*".to_owned(), "*"),
        2 => (String::new(), "empty"),
        3 => (format!("//ca.example{target}"), "without scheme"),
        _ => ("ca.example:443".to_owned(), "an authority"),
    };
    http.target = new.into_bytes();
    Some(told.to_owned())
}

pub(super) fn version(http: &mut Http, dice: &mut Dice) -> Done {
    let versions = [
        "HTTP/1.0",
        "HTTP/1.2",
        "HTTP/2.0",
        "HTTP/0.9",
        "http/1.1",
        "HTTP/1.1 x",
        "HTTP/11",
        "HTTP/-1",
        "X",
    ];
    let version = dice.pick(&versions);
    http.version = version.into();
    Some(version.to_owned())
}
