//! Base64url (RFC 7515 section 2: no padding, no white space, no other characters), done wrong.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};

use super::bytes::{insert, place};
use super::dice::Dice;
use super::mutator::Done;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 8555 section 6.1: must be rejected. Text that needs no padding gets a whole group of it.
pub(super) fn padded(code: &mut Vec<u8>, _: &mut Dice) -> Done {
    code.resize(code.len() / 4 * 4 + 4, b'=');
    Some("= after it".to_owned())
}

/// A character of the other alphabet.
pub(super) fn standard(code: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let (at, new) = (dice.below(code.len()), dice.pick(b"+/"));
    *code.get_mut(at)? = new;
    Some(format!("a {}", char::from(new)))
}

pub(super) fn foreign(code: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let new = dice.pick(&["!", ".", ",", "\0", "\u{e9}", "%41", "*", "\u{ff21}"]);
    insert(code, place(code, dice), new.as_bytes());
    Some(format!("{new:?} inserted"))
}

pub(super) fn spaced(code: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let space = dice.pick(&[" ", "\n", "\r\n", "\t"]);
    insert(code, place(code, dice), space.as_bytes());
    Some(format!("{space:?} inserted"))
}

/// Bits beyond the last byte that are not 0; where there are none, a character that is too few for a byte.
pub(super) fn more_bits(code: &mut Vec<u8>, _: &mut Dice) -> Done {
    let told = Some("bits after the last byte".to_owned());
    if matches!(code.len() % 4, 0 | 1) {
        code.push(b'A');
        return told;
    }
    let last = code.last_mut()?;
    let value = ALPHABET.iter().position(|letter| letter == last)?;
    *last = ALPHABET[value ^ 1];
    told
}

pub(super) fn shortened(code: &mut Vec<u8>, _: &mut Dice) -> Done {
    code.pop()?;
    Some("the last character is missing".to_owned())
}

/// Another encoding of the same bytes.
pub(super) fn otherwise(code: &mut Vec<u8>, dice: &mut Dice) -> Done {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&*code).ok().filter(|bytes| !bytes.is_empty())?;
    let (new, told) = match dice.below(4) {
        0 => (BASE64_URL_SAFE_NO_PAD.encode(&*code), "encoded twice"),
        1 => (hex::encode(bytes), "in hexadecimal"),
        2 => (format!("data:;base64,{}", BASE64_STANDARD.encode(bytes)), "as a data URL"),
        _ => (String::from_utf8_lossy(&bytes).into_owned(), "not encoded"),
    };
    *code = new.into_bytes();
    Some(told.to_owned())
}

pub(super) fn emptied(code: &mut Vec<u8>, _: &mut Dice) -> Done {
    if code.is_empty() {
        return None;
    }
    code.clear();
    Some("nothing is left".to_owned())
}
