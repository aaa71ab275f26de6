//! The JWS after it was signed: what its signature does not fit, and forms that ACME rules out.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::base64url;
use super::bytes::flip;
use super::dice::Dice;
use super::mutator::Done;
use super::node::{Member, Node};

const PARTS: [&str; 3] = ["protected", "payload", "signature"];

// ---- The signature

pub(super) fn bit_flipped(jws: &mut Node, dice: &mut Dice) -> Done {
    signature(jws, |bytes| flip(bytes, dice).map(|()| "one bit"))
}

pub(super) fn zeroed(jws: &mut Node, _: &mut Dice) -> Done {
    signature(jws, |bytes| {
        bytes.fill(0);
        Some("all 0")
    })
}

pub(super) fn resized(jws: &mut Node, dice: &mut Dice) -> Done {
    let (change, told) = dice.pick(&[
        (-1, "a byte less"),
        (1, "a byte more"),
        (-32, "32 bytes less"),
        (32, "32 bytes more"),
        (4_096, "4,096 bytes more"),
    ]);
    signature(jws, |bytes| {
        bytes.resize(bytes.len().saturating_add_signed(change), 0);
        Some(told)
    })
}

pub(super) fn halves_swapped(jws: &mut Node, _: &mut Dice) -> Done {
    signature(jws, |bytes| {
        let middle = bytes.len() / 2;
        bytes.rotate_left(middle);
        Some("s before r")
    })
}

/// As X.509 has it; JWS wants the two numbers as they are (RFC 7518 section 3.4).
pub(super) fn der(jws: &mut Node, _: &mut Dice) -> Done {
    signature(jws, |bytes| {
        let (r, s) = bytes.split_at(bytes.len() / 2);
        let numbers = [integer(r), integer(s)].concat();
        *bytes = [&[0x30, numbers.len() as u8], numbers.as_slice()].concat();
        Some("in DER")
    })
}

/// A DER INTEGER of at most 127 bytes; longer ones have a wrong length, which is as good.
fn integer(number: &[u8]) -> Vec<u8> {
    let is_negative = number.first().is_some_and(|byte| *byte > 0x7f);
    let zero: &[u8] = if is_negative { &[0] } else { &[] };
    [&[2, (number.len() + zero.len()) as u8], zero, number].concat()
}

/// Changes the bytes of the signature, if it is one.
fn signature(jws: &mut Node, change: impl FnOnce(&mut Vec<u8>) -> Option<&'static str>) -> Done {
    let text = jws.text_mut("signature")?;
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*text).ok().filter(|bytes| !bytes.is_empty())?;
    let told = change(&mut bytes)?;
    *text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some(told.to_owned())
}

// ---- What it covers

/// Other bytes than those that were signed.
pub(super) fn header_changed(jws: &mut Node, dice: &mut Dice) -> Done {
    not_signed(jws, "protected", dice)
}

/// Other bytes than those that were signed; where there were none, an object.
pub(super) fn payload_changed(jws: &mut Node, dice: &mut Dice) -> Done {
    not_signed(jws, "payload", dice)
}

fn not_signed(jws: &mut Node, part: &str, dice: &mut Dice) -> Done {
    let text = jws.text_mut(part)?;
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&*text).ok()?;
    if bytes.is_empty() {
        bytes.extend_from_slice(b"{}");
    } else {
        flip(&mut bytes, dice)?;
    }
    *text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Some("the signature does not cover it".to_owned())
}

// ---- The three parts as base64url

pub(super) fn padded(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::padded)
}

pub(super) fn standard(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::standard)
}

pub(super) fn foreign(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::foreign)
}

pub(super) fn spaced(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::spaced)
}

pub(super) fn more_bits(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::more_bits)
}

pub(super) fn shortened(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::shortened)
}

pub(super) fn otherwise(jws: &mut Node, dice: &mut Dice) -> Done {
    coded(jws, dice, base64url::otherwise)
}

fn coded(jws: &mut Node, dice: &mut Dice, change: fn(&mut Vec<u8>, &mut Dice) -> Done) -> Done {
    let part = dice.pick(&PARTS);
    let text = jws.text_mut(part)?;
    let mut code = text.clone().into_bytes();
    let told = change(&mut code, dice)?;
    *text = String::from_utf8_lossy(&code).into_owned();
    Some(format!("{part}: {told}"))
}

// ---- Other forms

/// RFC 8555 section 6.2 forbids it.
pub(super) fn unprotected(jws: &mut Node, dice: &mut Dice) -> Done {
    jws.get("protected")?;
    let header = dice.pick(&["{}", "{\"typ\":\"JOSE\"}", "{\"alg\":\"none\"}", "{\"kid\":\"x\"}"]);
    jws.set("header", Node::raw(header));
    Some(header.to_owned())
}

/// The general form, which has an array of signatures (RFC 7515 section 7.2.1).
pub(super) fn general(jws: &mut Node, dice: &mut Dice) -> Done {
    let payload = jws.get("payload")?.clone();
    let copies = dice.pick(&[0, 1, 1, 2, 20]);
    let signatures = Node::Array(vec![jws.clone(); copies]);
    *jws =
        Node::Object(vec![Member::new("payload", payload), Member::new("signatures", signatures)]);
    Some(format!("{copies} signatures"))
}

/// An array of signatures beside the one.
pub(super) fn signatures_beside(jws: &mut Node, _: &mut Dice) -> Done {
    jws.get("signature")?;
    let beside = Node::Array(vec![jws.clone()]);
    jws.set("signatures", beside);
    Some("the same".to_owned())
}

/// The compact form (RFC 7515 section 7.1), bare or in a JSON string.
pub(super) fn compact(jws: &mut Node, dice: &mut Dice) -> Done {
    let parts = PARTS.map(|part| jws.text_mut(part).cloned());
    let [Some(protected), Some(payload), Some(signature)] = parts else { return None };
    let text = format!("{protected}.{payload}.{signature}");
    *jws = if dice.coin() { Node::text(text) } else { Node::raw(text) };
    Some("protected.payload.signature".to_owned())
}
