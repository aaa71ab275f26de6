//! The text of JSON: of the header, the payload, and the whole body.

use super::bytes::{flip, insert, place, truncate};
use super::dice::Dice;
use super::mutator::Done;

pub(super) fn truncated(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    has_members(text)?;
    truncate(text, dice)?;
    Some("its end is missing".to_owned())
}

/// Something after the end.
pub(super) fn continued(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    has_members(text)?;
    let more = dice.pick(&["}", "{}", ",", "null", "\0", "]", "x", "\n{\"a\":1}"]);
    text.extend_from_slice(more.as_bytes());
    Some(format!("{more:?} after it"))
}

pub(super) fn doubled(text: &mut Vec<u8>, _: &mut Dice) -> Done {
    has_members(text)?;
    text.extend_from_within(..);
    Some("twice in a row".to_owned())
}

/// JSON's cousins, which lenient parsers read.
pub(super) fn dialect(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    has_members(text)?;
    Some(
        match dice.below(4) {
            0 => {
                insert(text, text.len() - 1, b",");
                "a comma after the last member"
            }
            1 => {
                insert(text, 1, b"/* */");
                "a comment"
            }
            2 => {
                text.iter_mut().filter(|byte| **byte == b'"').for_each(|byte| *byte = b'\'');
                "single quotes"
            }
            _ => {
                // The first name has its quotes at 1 and further on.
                text.remove(1);
                let end = text.iter().position(|&byte| byte == b'"')?;
                text.remove(end);
                "a name without quotes"
            }
        }
        .to_owned(),
    )
}

pub(super) fn nul_inserted(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    insert(text, place(text, dice), b"\0");
    Some("a NUL byte".to_owned())
}

pub(super) fn no_utf8(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let bytes: &[u8] = dice.pick(&[b"\xff".as_slice(), b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82"]);
    insert(text, place(text, dice), bytes);
    Some(format!("{} inserted", bytes.escape_ascii()))
}

/// RFC 8259 section 8.1 has it UTF-8.
pub(super) fn utf16(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    has_members(text)?;
    let units: Vec<u16> = String::from_utf8_lossy(text).encode_utf16().collect();
    let is_big = dice.coin();
    let bytes = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    *text = std::iter::once(0xfeff).chain(units).flat_map(bytes).collect();
    Some(format!("UTF-16 {}", if is_big { "BE" } else { "LE" }))
}

pub(super) fn bom(text: &mut Vec<u8>, _: &mut Dice) -> Done {
    insert(text, 0, b"\xef\xbb\xbf");
    Some("before it".to_owned())
}

pub(super) fn space(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let (space, count) = (dice.pick(&[b' ', b'\n', b'\t', b'\r']), dice.pick(&[1, 100, 20_000]));
    insert(text, 0, &vec![space; count]);
    Some(format!("{count} characters of white space before it"))
}

pub(super) fn bit_flipped(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    flip(text, dice)?;
    Some("somewhere".to_owned())
}

/// A piece of it is missing.
pub(super) fn piece_cut(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let (start, length) = (dice.below(text.len()), dice.pick(&[1, 2, 16]));
    if text.is_empty() {
        return None;
    }
    text.drain(start..(start + length).min(text.len()));
    Some(format!("up to {length} bytes missing"))
}

pub(super) fn emptied(text: &mut Vec<u8>, _: &mut Dice) -> Done {
    has_content(text)?;
    text.clear();
    Some("nothing is left".to_owned())
}

/// JSON, but no object.
pub(super) fn scalar(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let new = dice.pick(&["null", "true", "0", "\"\"", "[]", "[{}]", "[[]]", "\"{}\"", "1e999"]);
    *text = new.into();
    Some(format!("it is {new}"))
}

/// An array that never ends, in front of the rest.
pub(super) fn deep(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let open = dice.pick(&["[", "{\"a\":"]);
    let depth = dice.pick(&[128, 1_000, 8_000]);
    insert(text, 0, open.repeat(depth).as_bytes());
    Some(format!("{depth} times {open} before it"))
}

/// The whole in an array or a string.
pub(super) fn wrapped(text: &mut Vec<u8>, dice: &mut Dice) -> Done {
    has_members(text)?;
    let (before, after) = dice.pick(&[("[", "]"), ("{\"jws\":", "}"), ("(", ")")]);
    insert(text, 0, before.as_bytes());
    text.extend_from_slice(after.as_bytes());
    Some(format!("in {before}{after}"))
}

/// Only an object with members can be broken for certain: of others the CA need not even look at the text.
fn has_members(text: &[u8]) -> Option<()> {
    (text.first() == Some(&b'{') && text.len() > 4).then_some(())
}

fn has_content(text: &[u8]) -> Option<()> {
    (!text.is_empty()).then_some(())
}
