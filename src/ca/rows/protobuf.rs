//! The one message in the tables: an order's authorizations (`repeated int64 = 1`).

/// The field's tag when its numbers come packed, as they do in proto3.
const PACKED: u8 = 1 << 3 | 2;
/// Its tag when each comes alone, which every reader must take as well.
const SINGLE: u8 = 1 << 3;

/// The message with these ids.
pub(super) fn write(ids: &[u64]) -> Vec<u8> {
    if ids.is_empty() {
        return Vec::new();
    }
    let mut numbers = Vec::with_capacity(ids.len() * 4);
    for id in ids {
        push(&mut numbers, *id);
    }
    let mut message = vec![PACKED];
    push(&mut message, numbers.len() as u64);
    message.extend(numbers);
    message
}

/// The ids of a message; `None` if it is not one.
pub(super) fn read(mut message: &[u8]) -> Option<Vec<u64>> {
    let mut ids = Vec::new();
    while let [tag, rest @ ..] = message {
        message = rest;
        match *tag {
            SINGLE => ids.push(pull(&mut message)?),
            PACKED => {
                let length = usize::try_from(pull(&mut message)?).ok()?;
                let (mut numbers, rest) = message.split_at_checked(length)?;
                message = rest;
                while !numbers.is_empty() {
                    ids.push(pull(&mut numbers)?);
                }
            }
            _ => return None,
        }
    }
    Some(ids)
}

/// Seven bits a byte, lowest first, the highest bit set in all but the last.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed() {
        // The example of the encoding's description: 3, 270 and 86942.
        assert_eq!(write(&[3, 270, 86942]), [0x0a, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
        assert_eq!(write(&[]), [0; 0]);
        for ids in [vec![], vec![0], vec![1, u64::MAX >> 1, 127, 128]] {
            assert_eq!(read(&write(&ids)), Some(ids));
        }
    }

    #[test]
    fn numbers_may_come_alone() {
        assert_eq!(read(&[8, 1, 8, 0x96, 1]), Some(vec![1, 150]));
        for wrong in [&[8][..], &[0x0a, 2, 1], &[0x12, 0], &[8, 0x80], &[8; 1]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
