//! Arrays: too long, too short, mixed.

use super::dice::Dice;
use super::mutator::Done;
use super::node::Node;
use super::pick;

/// Many times the same: identifiers, contacts.
pub(super) fn repeated(root: &mut Node, dice: &mut Dice) -> Done {
    let count = dice.pick(&[1, 100, 101, 1_000]);
    changed(root, dice, |items, at| {
        items.extend(vec![items[at].clone(); count]);
        format!("{count} more of one")
    })
}

pub(super) fn dropped(root: &mut Node, dice: &mut Dice) -> Done {
    changed(root, dice, |items, at| {
        items.remove(at);
        "one less".to_owned()
    })
}

pub(super) fn mixed(root: &mut Node, dice: &mut Dice) -> Done {
    let other = dice.pick(&["null", "5", "\"x\"", "{}", "[]"]);
    changed(root, dice, |items, at| {
        items.insert(at, Node::raw(other));
        format!("{other} among the others")
    })
}

/// The items in place of the array that holds them.
pub(super) fn unwrapped(root: &mut Node, dice: &mut Dice) -> Done {
    let (label, node) = pick::slot(root, dice, has_items)?;
    let Node::Array(items) = node else { return None };
    let item = items.swap_remove(dice.below(items.len()));
    *node = item;
    Some(label)
}

fn has_items(node: &Node) -> bool {
    matches!(node, Node::Array(items) if !items.is_empty())
}

/// Changes an array that is picked, at one of its items.
fn changed(
    root: &mut Node,
    dice: &mut Dice,
    change: impl FnOnce(&mut Vec<Node>, usize) -> String,
) -> Done {
    let (label, node) = pick::slot(root, dice, has_items)?;
    let Node::Array(items) = node else { return None };
    let at = dice.below(items.len());
    let told = change(items, at);
    Some(format!("{label}: {told}"))
}
