//! Choosing what in a JSON value is to be changed.

use super::dice::Dice;
use super::node::{Member, Node};

/// A value below `root` that is `wanted`, and what to call it.
pub(super) fn slot<'a>(
    root: &'a mut Node,
    dice: &mut Dice,
    wanted: impl Fn(&Node) -> bool,
) -> Option<(String, &'a mut Node)> {
    let slots = root.slots();
    let found: Vec<_> = (0..slots.len()).filter(|&index| wanted(slots[index].1)).collect();
    let index = *found.get(dice.below(found.len()))?;
    let label = slots[index].0.clone();
    Some((label, root.slot_mut(index)?))
}

/// An object in `root`, which may be itself, with at least `members`.
pub(super) fn object<'a>(
    root: &'a mut Node,
    dice: &mut Dice,
    members: usize,
) -> Option<&'a mut Vec<Member>> {
    let objects = root.objects();
    let found: Vec<_> =
        (0..objects.len()).filter(|&index| objects[index].len() >= members).collect();
    let index = *found.get(dice.below(found.len()))?;
    root.object_mut(index)
}

/// A member of an object in `root`: the object, and which of its members. All are as likely.
pub(super) fn member<'a>(
    root: &'a mut Node,
    dice: &mut Dice,
) -> Option<(&'a mut Vec<Member>, usize)> {
    let sizes: Vec<_> = root.objects().iter().map(|members| members.len()).collect();
    let mut at = dice.below(sizes.iter().sum());
    for (index, size) in sizes.into_iter().enumerate() {
        if at < size {
            return root.object_mut(index).map(|members| (members, at));
        }
        at -= size;
    }
    None
}

/// Whether it is a string.
pub(super) fn is_text(node: &Node) -> bool {
    matches!(node, Node::Text(_))
}
