//! Members of objects: missing, too many, misnamed.

use super::dice::Dice;
use super::mutator::Done;
use super::node::{Member, Node};
use super::pick;

/// Values that nobody expects under an unknown name, or under a known one a second time.
const ODD: [&str; 6] = ["null", "\"x\"", "{}", "[]", "-1", "{\"a\":[{\"b\":null}]}"];

pub(super) fn dropped(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    Some(members.remove(at).label())
}

pub(super) fn renamed(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    let old = members[at].label();
    let new = match dice.below(4) {
        0 => String::new(),
        1 => format!("{old}s"),
        2 => format!(" {old}"),
        _ => format!("x-{old}"),
    };
    members[at].name = Member::new(&new, Node::raw("")).name;
    Some(format!("{old} to {new:?}"))
}

/// RFC 8259: names are compared as they are.
pub(super) fn case_changed(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    let name = &mut members[at].name;
    let letter = name.iter_mut().find(|byte| byte.is_ascii_alphabetic())?;
    *letter ^= 0x20;
    Some(members[at].label())
}

/// The same value under an escaped name.
pub(super) fn name_escaped(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    let label = members[at].label();
    let first = label.bytes().next().filter(u8::is_ascii_alphabetic)?;
    members[at].name = format!("\"\\u{first:04x}{}\"", &label[1..]).into_bytes();
    Some(label)
}

pub(super) fn repeated(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    let again = members[at].clone();
    let label = again.label();
    members.insert(dice.below(members.len() + 1), again);
    Some(label)
}

/// The same name with two values, of which the first or the last is right.
pub(super) fn contradicted(root: &mut Node, dice: &mut Dice) -> Done {
    let (members, at) = pick::member(root, dice)?;
    let mut again = members[at].clone();
    let label = again.label();
    again.value = Node::raw(dice.pick(&ODD));
    let is_last = dice.coin();
    members.insert(if is_last { members.len() } else { 0 }, again);
    Some(format!(
        "{label}, {}",
        if is_last { "wrong the last time" } else { "wrong the first time" }
    ))
}

pub(super) fn reversed(root: &mut Node, dice: &mut Dice) -> Done {
    pick::object(root, dice, 2)?.reverse();
    Some("last comes first".to_owned())
}

/// Two neighbours have each other's values. That is nothing where they are the same: an account is asked for at
/// the URL that is its `kid`.
pub(super) fn swapped(root: &mut Node, dice: &mut Dice) -> Done {
    let members = pick::object(root, dice, 2)?;
    let at = dice.below(members.len() - 1);
    let (left, right) = members.split_at_mut(at + 1);
    if left[at].value == right[0].value {
        return None;
    }
    std::mem::swap(&mut left[at].value, &mut right[0].value);
    Some(format!("{} and {}", left[at].label(), right[0].label()))
}

pub(super) fn added(root: &mut Node, dice: &mut Dice) -> Done {
    let members = pick::object(root, dice, 0)?;
    let name = dice.pick(&["", "coyote", "__proto__", "\u{202e}txen", "x\0y", "resource"]);
    let member = Member::new(name, Node::raw(dice.pick(&ODD)));
    members.insert(dice.below(members.len() + 1), member);
    Some(format!("{name:?}"))
}

pub(super) fn many_added(root: &mut Node, dice: &mut Dice) -> Done {
    let members = pick::object(root, dice, 0)?;
    let count = dice.pick(&[100, 1_000, 3_000]);
    members.extend((0..count).map(|n| Member::new(&format!("m{n}"), Node::raw("0"))));
    Some(format!("{count} of them"))
}

pub(super) fn emptied(root: &mut Node, dice: &mut Dice) -> Done {
    pick::object(root, dice, 1)?.clear();
    Some("{}".to_owned())
}
