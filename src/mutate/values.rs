//! Values in JSON: of other types, too large, too deep, too long, almost right.

use super::dice::Dice;
use super::mutator::Done;
use super::node::{Member, Node};
use super::pick::{self, is_text};

const TYPES: [&str; 9] = ["0", "-1", "1.5", "true", "false", "[]", "{}", "\"\"", "[[]]"];
/// Numbers that overflow, and what is no number in JSON.
const NUMBERS: [&str; 16] = [
    "1e400",
    "-1e400",
    "1e-400",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "0.1e1",
    "-0",
    "NaN",
    "Infinity",
    "0x10",
    "01",
    "+1",
    ".5",
    "1.",
];
const LENGTHS: [usize; 8] = [63, 64, 255, 256, 1_000, 4_096, 16_384, 65_536];
const DEPTHS: [usize; 5] = [10, 127, 128, 1_000, 10_000];
/// What other parsers than JSON's stumble over: names, paths, URLs, dates, formats.
const STRINGS: [&str; 40] = [
    "",
    " ",
    ".",
    "..",
    "*",
    "*.",
    "*.*.example",
    "a..b",
    ".a",
    "a.",
    "-a.example",
    "a-.example",
    "_a.example",
    "xn--",
    "xn--a.example",
    "xn--zca.example",
    "localhost",
    "127.0.0.1",
    "::1",
    "[::1]",
    "1.2.3",
    "0",
    "com",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.example",
    "../../../etc/passwd",
    "/",
    "//",
    "http://",
    "http://[",
    "https://user:pw@host:99999/%zz?#",
    "mailto:",
    "mailto:a@",
    "mailto:a@b,c@d",
    "'; DROP TABLE orders; --",
    "%s%n%x",
    "${jndi:ldap://x}",
    "0000-00-00T00:00:00Z",
    "9999999-12-31T23:59:60+99:99",
    "a\r\nX-Injected: 1",
    "null",
];

fn any(_: &Node) -> bool {
    true
}

pub(super) fn nulled(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, |node| *node != Node::raw("null"))?;
    *node = Node::raw("null");
    Some(label)
}

pub(super) fn other_type(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, any)?;
    let old = node.written();
    let first = dice.below(TYPES.len());
    let mut new = (first..first + TYPES.len()).map(|at| TYPES[at % TYPES.len()]);
    let new = new.find(|new| new.as_bytes() != old)?;
    *node = Node::raw(new);
    Some(format!("{label} is {new}"))
}

pub(super) fn number(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, any)?;
    let new = dice.pick(&NUMBERS);
    *node = Node::raw(new);
    Some(format!("{label} is {new}"))
}

/// The right value, one level deeper.
pub(super) fn wrapped(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, any)?;
    let inner = node.clone();
    let (new, told) = match dice.below(3) {
        0 => (Node::Array(vec![inner]), "[]"),
        1 => (Node::Object(vec![Member::new("value", inner)]), "{}"),
        _ => (Node::text(String::from_utf8_lossy(&inner.written())), "a string"),
    };
    *node = new;
    Some(format!("{label} in {told}"))
}

/// Arrays or objects in each other, down to where recursive parsers run out of stack.
pub(super) fn deep(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, any)?;
    let depth = dice.pick(&DEPTHS);
    let (open, inner, close) = dice.pick(&[("[", "", "]"), ("{\"a\":", "{}", "}"), ("[", "", "")]);
    *node = Node::raw([&open.repeat(depth), inner, &close.repeat(depth)].concat());
    Some(format!("{label}, {depth} levels of {open}"))
}

pub(super) fn long(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, any)?;
    let length = dice.pick(&LENGTHS);
    *node = Node::text(dice.pick(&["a", "0", "."]).repeat(length));
    Some(format!("{label}, {length} characters"))
}

pub(super) fn emptied(root: &mut Node, dice: &mut Dice) -> Done {
    let wanted = |node: &Node| matches!(node, Node::Text(text) if !text.is_empty());
    let (label, node) = pick::slot(root, dice, wanted)?;
    *node = Node::text("");
    Some(label)
}

/// One character less or more, or another one.
pub(super) fn off_by_one(root: &mut Node, dice: &mut Dice) -> Done {
    edited(root, dice, |text, dice| match dice.below(3) {
        0 if text.pop().is_some() => "one character less",
        1 => {
            text.insert(0, 'A');
            "one character more in front"
        }
        _ => {
            text.push('A');
            "one character more"
        }
    })
}

/// The same but for what some servers trim.
pub(super) fn spaced(root: &mut Node, dice: &mut Dice) -> Done {
    edited(root, dice, |text, dice| {
        let space = dice.pick(&[' ', '\t', '\n', '\r', '\u{a0}', '\u{2003}']);
        if dice.coin() {
            text.push(space);
            "white space after it"
        } else {
            text.insert(0, space);
            "white space before it"
        }
    })
}

/// Upper and lower case are swapped; text without letters gets one.
pub(super) fn case_changed(root: &mut Node, dice: &mut Dice) -> Done {
    edited(root, dice, |text, _| {
        let swap = |c: char| {
            if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        };
        let swapped: String = text.chars().map(swap).collect();
        if swapped == *text {
            text.push('A')
        } else {
            *text = swapped
        }
        "in the other case"
    })
}

pub(super) fn percent_encoded(root: &mut Node, dice: &mut Dice) -> Done {
    edited(root, dice, |text, _| {
        let first = text.chars().take(8).collect::<String>();
        let encoded: String = first.bytes().map(|byte| format!("%{byte:02X}")).collect();
        *text = format!("{encoded}{}%", &text[first.len()..]);
        "percent-encoded"
    })
}

/// The same string, written otherwise.
pub(super) fn escaped(root: &mut Node, dice: &mut Dice) -> Done {
    let wanted = |node: &Node| matches!(node, Node::Text(text) if !text.is_empty());
    let (label, node) = pick::slot(root, dice, wanted)?;
    let Node::Text(text) = node else { return None };
    let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    *node = Node::raw(format!("\"{units}\""));
    Some(label)
}

/// Another string, of those that something may stumble over.
pub(super) fn other_string(root: &mut Node, dice: &mut Dice) -> Done {
    let new = dice.pick(&STRINGS);
    edited(root, dice, |text, _| {
        if text == new {
            text.push('.')
        } else {
            new.clone_into(text)
        }
        "of those that others stumbled over"
    })
}

/// Changes a string that is picked.
fn edited(
    root: &mut Node,
    dice: &mut Dice,
    edit: impl FnOnce(&mut String, &mut Dice) -> &'static str,
) -> Done {
    let (label, node) = pick::slot(root, dice, is_text)?;
    let Node::Text(text) = node else { return None };
    let told = edit(text, dice);
    Some(format!("{label}: {told}"))
}
