//! How long the body of an HTTP request is (RFC 9112 section 6), told wrong.

use super::dice::Dice;
use super::http::Http;
use super::mutator::Done;

/// Less than there is: what is left looks like another request.
pub(super) fn too_short(http: &mut Http, dice: &mut Dice) -> Done {
    let length = http.body.len();
    let half = dice.pick(&[0, length / 2, length.saturating_sub(1)]);
    set(http, half.to_string())?;
    Some("less than there is".to_owned())
}

/// Numbers that are none.
pub(super) fn no_number(http: &mut Http, dice: &mut Dice) -> Done {
    let length = http.body.len();
    let (value, told) = match dice.below(8) {
        0 => (String::new(), "empty"),
        1 => ("-1".to_owned(), "-1"),
        2 => (format!("0x{length:x}"), "hexadecimal"),
        3 => (format!("{length}.0"), "a fraction"),
        4 => ("99999999999999999999999".to_owned(), "too large a number"),
        5 => (format!("{length} {length}"), "two numbers"),
        6 => ("many".to_owned(), "a word"),
        _ => (format!("{length}, {}", length + 1), "two numbers in a list"),
    };
    set(http, value)?;
    Some(told.to_owned())
}

/// Twice, with different numbers.
pub(super) fn contradicted(http: &mut Http, dice: &mut Dice) -> Done {
    let other = dice.pick(&[0, 1, http.body.len() / 2]);
    has_body(http)?;
    http.add("Content-Length", other.to_string());
    Some("two that differ".to_owned())
}

/// The right number in other words.
pub(super) fn otherwise(http: &mut Http, dice: &mut Dice) -> Done {
    let length = http.body.len();
    let (value, told) = match dice.below(3) {
        0 => (format!("+{length}"), "a sign"),
        1 => (format!("000{length}"), "zeros before it"),
        _ => (format!("{length}, {length}"), "twice in one"),
    };
    set(http, value)?;
    Some(told.to_owned())
}

/// Neither length nor chunks: there is no body then.
pub(super) fn none(http: &mut Http, _: &mut Dice) -> Done {
    has_body(http)?;
    http.remove("content-length")?;
    Some("none".to_owned())
}

/// The body in chunks, as is right.
pub(super) fn chunked(http: &mut Http, dice: &mut Dice) -> Done {
    let (size, variant) = (dice.pick(&[1, 7, 512, 100_000]), dice.below(4));
    has_body(http)?;
    let extension = if variant == 1 { ";a=\"b\"" } else { "" };
    let zeros = if variant == 2 { "000" } else { "" };
    let trailer = if variant == 3 { "X-Trailer: a\r\n" } else { "" };
    let size = size.max(http.body.len() / 2_000);
    let mut body = Vec::new();
    for piece in http.body.chunks(size) {
        body.extend(format!("{zeros}{:X}{extension}\r\n", piece.len()).bytes());
        body.extend_from_slice(piece);
        body.extend_from_slice(b"\r\n");
    }
    body.extend(format!("0\r\n{trailer}\r\n").bytes());
    http.body = body;
    http.remove("content-length")?;
    http.add("Transfer-Encoding", "chunked");
    Some(
        ["plain", "with extensions", "with zeros before the sizes", "with a trailer"][variant]
            .to_owned(),
    )
}

/// Chunks that are none.
pub(super) fn bad_chunks(http: &mut Http, dice: &mut Dice) -> Done {
    let variant = dice.below(5);
    has_body(http)?;
    let length = http.body.len();
    let (before, after, told) = match variant {
        0 => ("zz\r\n".to_owned(), "\r\n0\r\n\r\n", "a size that is no number"),
        1 => ("FFFFFFFFFFFFFFFFFF\r\n".to_owned(), "\r\n0\r\n\r\n", "too large a size"),
        2 => (format!("{:x}\r\n", length / 2), "\r\n0\r\n\r\n", "too small a size"),
        3 => (format!("-{length:x}\r\n"), "\r\n0\r\n\r\n", "a negative size"),
        _ => (format!("{length:x}\r\n"), "x0\r\n\r\n", "no line end after a chunk"),
    };
    http.body = [before.as_bytes(), &http.body, after.as_bytes()].concat();
    http.remove("content-length")?;
    http.add("Transfer-Encoding", "chunked");
    Some(told.to_owned())
}

/// A length and chunks, of which the body is one: how requests are smuggled past proxies.
pub(super) fn both(http: &mut Http, dice: &mut Dice) -> Done {
    let coding = dice.pick(&["chunked", "Chunked", " chunked", "chunked, chunked", "\x0bchunked"]);
    has_body(http)?;
    let length = http.body.len();
    let chunks = [format!("{length:x}\r\n").as_bytes(), &http.body, b"\r\n0\r\n\r\n"].concat();
    http.body = chunks;
    set(http, http.body.len().to_string())?;
    http.add("Transfer-Encoding", coding);
    Some(format!("{coding:?}"))
}

/// Codings that nobody uses, with the right length.
pub(super) fn other_coding(http: &mut Http, dice: &mut Dice) -> Done {
    let coding = dice.pick(&["identity", "gzip", "xchunked", "", "gzip;q=1"]);
    has_body(http)?;
    http.add("Transfer-Encoding", coding);
    Some(format!("{coding:?}"))
}

fn set(http: &mut Http, value: String) -> Option<()> {
    has_body(http)?;
    http.header_mut("content-length")?.1 = value.into_bytes();
    Some(())
}

fn has_body(http: &Http) -> Option<()> {
    (!http.body.is_empty()).then_some(())
}
