//! Bytes in general: cut, flipped, inserted.

use super::dice::Dice;

/// Where to insert into `bytes`: the beginning, the end or anywhere.
pub(super) fn place(bytes: &[u8], dice: &mut Dice) -> usize {
    let anywhere = dice.below(bytes.len() + 1);
    dice.pick(&[0, bytes.len(), anywhere, anywhere])
}

/// Puts `inserted` into `bytes` at `at`.
pub(super) fn insert(bytes: &mut Vec<u8>, at: usize, inserted: &[u8]) {
    bytes.splice(at..at, inserted.iter().copied());
}

/// Turns over one bit; `None` where there is none.
pub(super) fn flip(bytes: &mut [u8], dice: &mut Dice) -> Option<()> {
    let bit = 1 << dice.below(8);
    let at = dice.below(bytes.len());
    *bytes.get_mut(at)? ^= bit;
    Some(())
}

/// Cuts off some of the end: one byte, half of it or anything.
pub(super) fn truncate(bytes: &mut Vec<u8>, dice: &mut Dice) -> Option<()> {
    let anything = dice.below(bytes.len());
    let length = bytes.len().checked_sub(1)?;
    bytes.truncate(dice.pick(&[length, bytes.len() / 2, anything]));
    Some(())
}
