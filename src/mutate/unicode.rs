//! Strings that are no good Unicode, or too much of it.

use super::dice::Dice;
use super::mutator::Done;
use super::node::Node;
use super::pick::{self, is_text};

/// Characters that are shown as none, as others, or in another order; those that end strings in C or
/// lines elsewhere; those at the edges of planes.
const CHARACTERS: [(char, &str); 14] = [
    ('\0', "NUL"),
    ('\u{7f}', "DEL"),
    ('\u{85}', "NEL"),
    ('\u{ad}', "a soft hyphen"),
    ('\u{200b}', "a space of no width"),
    ('\u{202e}', "a right-to-left override"),
    ('\u{2028}', "a line separator"),
    ('\u{301}', "a combining accent"),
    ('\u{feff}', "a BOM"),
    ('\u{fffd}', "a replacement character"),
    ('\u{ffff}', "a noncharacter"),
    ('\u{ff41}', "a full-width letter"),
    ('\u{1f43a}', "an emoji"),
    ('\u{10ffff}', "the last code point"),
];

/// Bytes that are no UTF-8 (RFC 3629 section 3).
const NO_UTF8: [(&[u8], &str); 8] = [
    (b"\xff", "FF"),
    (b"\x80", "a lone continuation"),
    (b"\xc0\x80", "an overlong NUL"),
    (b"\xc0\xaf", "an overlong slash"),
    (b"\xe0\x80\xaf", "a slash in three bytes"),
    (b"\xed\xa0\x80", "a surrogate in three bytes"),
    (b"\xe2\x82", "half a character"),
    (b"\xf4\x90\x80\x80", "a code point beyond the last"),
];

/// Escapes that stand for no character, and what must be escaped but is not.
const ESCAPES: [(&str, &str); 11] = [
    ("\\ud800", "half a pair of surrogates"),
    ("\\udc00", "the other half of a pair"),
    ("\\udc00\\ud800", "a pair of surrogates in the wrong order"),
    ("\\ud83d\\ud83d", "the same half twice"),
    ("\\u12", "half an escape"),
    ("\\x41", "an escape that JSON has not"),
    ("\\u{41}", "an escape of another language"),
    ("\\uD83Dx", "half a pair before a letter"),
    ("\n", "a bare line feed"),
    ("\u{1}", "a bare control character"),
    ("\\", "an escaped quote at the end"),
];

/// A right string with a strange character in it.
pub(super) fn character(root: &mut Node, dice: &mut Dice) -> Done {
    let (strange, told) = dice.pick(&CHARACTERS);
    let (label, node) = pick::slot(root, dice, is_text)?;
    let Node::Text(text) = node else { return None };
    // From 0 to 2: where what is inside does not matter.
    let places = [0, middle(text), text.len()];
    text.insert(dice.pick(&places), strange);
    Some(format!("{label}: {told}"))
}

/// A right string with bytes in it that are no UTF-8.
pub(super) fn no_utf8(root: &mut Node, dice: &mut Dice) -> Done {
    let (bytes, told) = dice.pick(&NO_UTF8);
    spliced(root, dice, bytes, told)
}

/// A right string with an escape in it that stands for nothing.
pub(super) fn escape(root: &mut Node, dice: &mut Dice) -> Done {
    let (escape, told) = dice.pick(&ESCAPES);
    spliced(root, dice, escape.as_bytes(), told)
}

/// Puts `bytes` into a string as they are, at its end.
fn spliced(root: &mut Node, dice: &mut Dice, bytes: &[u8], told: &str) -> Done {
    let (label, node) = pick::slot(root, dice, is_text)?;
    let mut written = node.written();
    let quote = written.pop()?;
    written.extend_from_slice(bytes);
    written.push(quote);
    *node = Node::Raw(written);
    Some(format!("{label}: {told}"))
}

/// A place near the middle of `text`, between characters.
fn middle(text: &str) -> usize {
    let mut at = text.len() / 2;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
